//! Linux가 아닌 곳입니다. 가둘 것이 없으므로 아무것도 돌리지 않고, 무엇을 막지 못하는지 말합니다.

use super::{Defence, Job, Layer, Outcome};
use crate::fault::{Fault, Result};

/// 막지 못하는 까닭입니다.
const WHY: &str = "이 운영체제에는 우리를 만들지 않았습니다. 채점은 Linux나 WSL2에서 하세요.";

pub fn run(_: &Job, _: &[Layer]) -> Result<Outcome> {
    Err(Fault::new(WHY))
}

pub fn defences(_: &[Layer]) -> Result<Vec<Defence>> {
    Ok(vec![Defence {
        name: "all",
        what: "믿을 수 없는 프로그램이 하는 모든 것",
        active: false,
        needed: true,
        why: WHY.to_owned(),
    }])
}

pub fn entry() {}
