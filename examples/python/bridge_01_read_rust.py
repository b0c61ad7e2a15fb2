"""bridge_01: 두 아이가 점수를 나누어 더합니다."""

from threading import Thread


def add(scores, totals, seat):
    total = 0
    for score in scores:
        total += score
    totals[seat] = total


def main():
    scores = list(range(1, 11))
    half = len(scores) // 2
    front = scores[:half]
    back = scores[half:]

    totals = [0, 0]
    first = Thread(target=add, args=(front, totals, 0))
    second = Thread(target=add, args=(back, totals, 1))
    first.start()
    second.start()
    first.join()
    second.join()

    print(f"점수: {scores}")
    print(f"두 아이의 합: {totals}")
    print(f"모두의 합: {sum(totals)}")


if __name__ == "__main__":
    main()
