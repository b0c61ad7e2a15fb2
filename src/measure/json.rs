//! JSON에서 값을 꺼내는 작은 도구입니다. 어긋난 칸의 이름을 오류에 담습니다.

use std::time::Duration;

use serde_json::Value;

use crate::{Error, Result};

/// 칸 `name`의 값입니다. 없으면 오류입니다.
pub(crate) fn field<'a>(value: &'a Value, name: &str) -> Result<&'a Value> {
    value.get(name).ok_or_else(|| wrong(name, "값"))
}

pub(crate) fn integer(value: &Value, name: &str) -> Result<u64> {
    field(value, name)?
        .as_u64()
        .ok_or_else(|| wrong(name, "0 이상의 정수"))
}

pub(crate) fn size(value: &Value, name: &str) -> Result<usize> {
    usize::try_from(integer(value, name)?).map_err(|_| wrong(name, "이 컴퓨터가 셀 수 있는 정수"))
}

pub(crate) fn text(value: &Value, name: &str) -> Result<String> {
    field(value, name)?
        .as_str()
        .map(str::to_owned)
        .ok_or_else(|| wrong(name, "글"))
}

pub(crate) fn list<'a>(value: &'a Value, name: &str) -> Result<&'a [Value]> {
    field(value, name)?
        .as_array()
        .map(Vec::as_slice)
        .ok_or_else(|| wrong(name, "목록"))
}

pub(crate) fn number(value: &Value, name: &str) -> Result<f64> {
    field(value, name)?
        .as_f64()
        .ok_or_else(|| wrong(name, "수"))
}

pub(crate) fn boolean(value: &Value, name: &str) -> Result<bool> {
    field(value, name)?
        .as_bool()
        .ok_or_else(|| wrong(name, "true나 false"))
}

pub(crate) fn duration(value: &Value, name: &str) -> Result<Duration> {
    integer(value, name).map(Duration::from_nanos)
}

/// 칸이 없거나 null이면 `None`, 있으면 `read`로 읽습니다.
pub(crate) fn optional<T>(
    value: &Value,
    name: &str,
    read: impl FnOnce(&Value, &str) -> Result<T>,
) -> Result<Option<T>> {
    match value.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(_) => read(value, name).map(Some),
    }
}

/// 걸린 시간을 나노초로 적습니다. 584년이 넘으면 그 끝값입니다.
pub(crate) fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// 칸 `name`에 `wanted`가 있어야 한다고 알립니다.
pub(crate) fn wrong(name: &str, wanted: &str) -> Error {
    Error::Decode {
        reason: format!("JSON의 {name:?} 칸에는 {wanted}이(가) 있어야 합니다"),
    }
}
