//! 밖과 말하려 합니다.

mod tools;

use std::{
    net::{TcpListener, TcpStream, UdpSocket},
    os::{
        linux::net::SocketAddrExt,
        unix::net::{SocketAddr, UnixDatagram, UnixStream},
    },
};

fn main() {
    let (tcp, udp) = (tools::number("TCP") as u16, tools::number("UDP") as u16);
    tools::broke("TCP", TcpStream::connect(("127.0.0.1", tcp)));
    tools::broke("TCP로 기다림", TcpListener::bind("127.0.0.1:0"));
    tools::broke(
        "UDP",
        UdpSocket::bind("0.0.0.0:0").and_then(|socket| socket.send_to(b"x", ("127.0.0.1", udp))),
    );
    // 주소 집안: INET, INET6, NETLINK, PACKET, BLUETOOTH, ALG, VSOCK, KCM, QIPCRTR, SMC, XDP
    for family in [2, 10, 16, 17, 31, 38, 40, 41, 42, 43, 44] {
        for kind in [1, 2, 3, 5] {
            let done = unsafe { tools::socket(family, kind, 0) };
            tools::broke_call(format!("소켓 {family} {kind}"), done.into());
        }
    }
    let name = SocketAddr::from_abstract_name(tools::var("ABSTRACT")).expect("이름입니다");
    tools::broke("이름이 파일이 아닌 소켓", UnixStream::connect_addr(&name));
    tools::broke("파일 소켓", UnixStream::connect(tools::var("NAMED")));
    tools::broke(
        "데이터그램",
        UnixDatagram::unbound().and_then(|socket| socket.send_to_addr(b"x", &name)),
    );
    tools::tried();
}
