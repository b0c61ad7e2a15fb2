//! Unix가 아닌 곳의 `fork`, `queue`, `pipe`입니다. 부르면 [`Error::Unsupported`]입니다.
//!
//! 이름이 있으므로 이들을 쓰는 프로그램도 컴파일됩니다. 실행하면 WSL2에서 해 보라고 알립니다.

use std::{convert::Infallible, marker::PhantomData};

use super::JoinHandle;
use crate::{Error, Result};

fn unsupported<T>(what: &str) -> Result<T> {
    Err(Error::Unsupported {
        what: what.to_owned(),
    })
}

/// 이 운영체제에는 없습니다. 어디서나 되는 [`spawn`](super::spawn)을 쓰세요.
///
/// # Errors
/// 언제나 [`Error::Unsupported`]입니다.
pub fn fork<T, F>(_: F) -> Result<JoinHandle<T>>
where
    F: FnOnce() -> T + 'static,
{
    unsupported("fork로 프로세스 만들기")
}

/// 이 운영체제에는 없습니다.
///
/// # Errors
/// 언제나 [`Error::Unsupported`]입니다.
pub fn queue<T>() -> Result<(Sender<T>, Receiver<T>)> {
    unsupported("프로세스끼리 쓰는 큐")
}

/// 이 운영체제에는 없습니다.
///
/// # Errors
/// 언제나 [`Error::Unsupported`]입니다.
pub fn pipe<T>() -> Result<(Connection<T>, Connection<T>)> {
    unsupported("프로세스끼리 쓰는 파이프")
}

/// 큐에 넣는 끝입니다. 이 운영체제에서는 만들 수 없습니다.
pub struct Sender<T> {
    never: Infallible,
    values: PhantomData<fn(T)>,
}

/// 큐에서 꺼내는 끝입니다. 이 운영체제에서는 만들 수 없습니다.
pub struct Receiver<T> {
    never: Infallible,
    values: PhantomData<fn() -> T>,
}

/// [`pipe`]의 한쪽 끝입니다. 이 운영체제에서는 만들 수 없습니다.
pub struct Connection<T> {
    never: Infallible,
    values: PhantomData<fn(T) -> T>,
}

/// [`Receiver::iter`]의 반복자입니다. 이 운영체제에서는 만들 수 없습니다.
pub struct Iter<'a, T> {
    never: Infallible,
    values: PhantomData<&'a T>,
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        match self.never {}
    }
}

impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Self {
        match self.never {}
    }
}

impl<T> Sender<T> {
    /// 부를 수 없습니다.
    ///
    /// # Errors
    /// 없습니다.
    pub fn send(&self, _: T) -> Result<()> {
        match self.never {}
    }
}

impl<T> Receiver<T> {
    /// 부를 수 없습니다.
    ///
    /// # Errors
    /// 없습니다.
    pub fn recv(&self) -> Result<T> {
        match self.never {}
    }

    /// 부를 수 없습니다.
    pub fn iter(&self) -> Iter<'_, T> {
        match self.never {}
    }
}

impl<T> Connection<T> {
    /// 부를 수 없습니다.
    ///
    /// # Errors
    /// 없습니다.
    pub fn send(&mut self, _: T) -> Result<()> {
        match self.never {}
    }

    /// 부를 수 없습니다.
    ///
    /// # Errors
    /// 없습니다.
    pub fn recv(&mut self) -> Result<T> {
        match self.never {}
    }
}

impl<T> Iterator for Iter<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        match self.never {}
    }
}

impl<'a, T> IntoIterator for &'a Receiver<T> {
    type Item = T;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}
