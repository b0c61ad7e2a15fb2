//! 씨앗으로 지어내는 글입니다. 6장의 낱말 세기가 셉니다.
//!
//! 씨앗과 파일 번호가 같으면 어느 컴퓨터에서나 같은 글이 나옵니다. 그래서 파일을 나르지 않고도
//! 여러 컴퓨터가 같은 책꽂이를 나누어 읽을 수 있고, 답이 맞는지도 어디에서나 다시 셀 수 있습니다.

/// 한 줄에 드는 낱말의 수입니다.
pub const WORDS_A_LINE: u64 = 8;

/// 낱말을 짓는 조각입니다.
const PIECES: [&str; 16] = [
    "놀이터",
    "아이",
    "그네",
    "시소",
    "모래",
    "공",
    "친구",
    "바람",
    "나무",
    "구름",
    "사다리",
    "울타리",
    "모자",
    "쪽지",
    "손",
    "햇살",
];

/// 낱말의 종류는 2의 이 거듭제곱보다 하나 적습니다.
const BITS: u64 = 13;

/// `file`번 파일의 글입니다. 줄마다 낱말이 [`WORDS_A_LINE`]개이고 빈칸 하나로 나뉩니다.
///
/// 낱말은 고르지 않게 나옵니다. 흔한 것 하나는 드문 것 수천 개를 모은 만큼 나옵니다. 사람의 글도 그렇습니다.
///
/// ```
/// use noriteo::story;
///
/// assert_eq!(story::file(7, 0, 3), story::file(7, 0, 3));
/// assert_ne!(story::file(7, 0, 3), story::file(7, 1, 3));
/// assert_eq!(story::file(7, 0, 3).split_whitespace().count(), 24);
/// ```
pub fn file(seed: u64, file: u64, lines: u64) -> String {
    let mut state = mix(seed ^ mix(file));
    let mut text = String::new();
    for _ in 0..lines {
        for place in 0..WORDS_A_LINE {
            // splitmix64입니다. 더하고 섞기만 하므로 어느 컴퓨터에서나 같습니다.
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let dice = mix(state);
            // 먼저 몇 자리 수인지를 고르고 그 안에서 고르게 뽑습니다. 자리마다 기회가 같으므로 작은 수가 자주 나옵니다.
            let bits = dice % BITS;
            let rank = (1 << bits) - 1 + (dice >> 32) % (1 << bits);
            word(rank, &mut text);
            text.push(if place + 1 == WORDS_A_LINE { '\n' } else { ' ' });
        }
    }
    text
}

/// `rank`번째로 흔한 낱말을 덧붙입니다. 번호가 다르면 낱말도 다릅니다.
fn word(rank: u64, text: &mut String) {
    let count = PIECES.len() as u64;
    let mut rest = rank;
    loop {
        text.push_str(PIECES[(rest % count) as usize]);
        if rest < count {
            return;
        }
        // 1을 빼므로 「놀이터」와 「놀이터놀이터」처럼 길이가 다른 낱말도 저마다 번호가 있습니다.
        rest = rest / count - 1;
    }
}

/// 비트를 고루 섞습니다(Steele 외, 2014의 splitmix64).
fn mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    #[test]
    fn words_are_as_many_as_their_numbers() {
        let words: BTreeSet<String> = (0..(1 << BITS) - 1)
            .map(|rank| {
                let mut text = String::new();
                word(rank, &mut text);
                text
            })
            .collect();
        assert_eq!(words.len(), (1 << BITS) - 1);
    }

    #[test]
    fn common_words_are_common() {
        let text = file(1, 0, 10_000);
        let mut counts = BTreeMap::new();
        for word in text.split_whitespace() {
            *counts.entry(word).or_insert(0u64) += 1;
        }
        let total: u64 = counts.values().sum();
        assert_eq!(total, 10_000 * WORDS_A_LINE);
        // 자리 13개에서 하나를 고르므로 첫 낱말은 13분의 1쯤입니다.
        let first = counts["놀이터"];
        assert!((total / 15..total / 11).contains(&first), "{first}/{total}");
        assert!(counts.len() > 5_000, "{}", counts.len());
    }
}
