//! seccomp입니다: 쓸 까닭이 없는 시스템 호출을 거절합니다(`seccomp(2)`).
//!
//! Docker의 기본 목록(moby의 `profiles/seccomp/default.json`)이 권한 없는 컨테이너에 거절하는 것을 모두 거절합니다.
//! Docker는 허락하지만 여기서는 더 거절하는 것이 있습니다. 채점하는 이와 학생의 프로그램이 한 우리에 있기 때문입니다:
//! `ptrace`와 `process_vm_*`, AF_UNIX가 아닌 소켓, io_uring, 끝난 뒤에도 남는 System V IPC와 POSIX 큐,
//! 프로세스의 메모리로 세어지지 않는 `memfd_*`, 남의 우선순위와 한계를 바꾸는 일입니다.

use std::{collections::BTreeMap, env::consts::ARCH};

use nix::libc::{self, c_long};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen as Len, SeccompCmpOp as Op, SeccompCondition,
    SeccompFilter, SeccompRule, TargetArch, apply_filter, sock_filter,
};

/// 언제나 EPERM으로 거절합니다.
const DENIED: &[c_long] = &[
    // 남의 속을 보거나 고칩니다.
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_pidfd_getfd,
    libc::SYS_kcmp,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    // 다른 거절을 비켜 갑니다.
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_bpf,
    libc::SYS_open_by_handle_at,
    libc::SYS_name_to_handle_at,
    libc::SYS_fanotify_init,
    // 파일 나무와 이름공간을 바꿉니다.
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_open_tree,
    libc::SYS_move_mount,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    libc::SYS_unshare,
    libc::SYS_setns,
    // 이름공간으로 나뉘지 않거나, 끝난 뒤에도 남습니다.
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_shmget,
    libc::SYS_shmat,
    libc::SYS_shmctl,
    libc::SYS_msgget,
    libc::SYS_semget,
    libc::SYS_mq_open,
    libc::SYS_mq_unlink,
    // 파일도 아니고 프로세스의 메모리로도 세어지지 않습니다.
    libc::SYS_memfd_create,
    libc::SYS_memfd_secret,
    // 컴퓨터를 다스립니다.
    libc::SYS_acct,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_reboot,
    libc::SYS_kexec_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_adjtimex,
    libc::SYS_clock_adjtime,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_quotactl,
    libc::SYS_quotactl_fd,
    libc::SYS_lookup_dcookie,
    libc::SYS_nfsservctl,
    libc::SYS_syslog,
    libc::SYS_vhangup,
    libc::SYS_personality,
    libc::SYS_mbind,
    libc::SYS_set_mempolicy,
    libc::SYS_get_mempolicy,
    libc::SYS_move_pages,
    libc::SYS_migrate_pages,
    libc::SYS_ioprio_set,
];

/// x86-64에만 있는 것입니다.
#[cfg(target_arch = "x86_64")]
const DENIED_HERE: &[c_long] = &[
    libc::SYS_iopl,
    libc::SYS_ioperm,
    libc::SYS_modify_ldt,
    libc::SYS_kexec_file_load,
    libc::SYS_uselib,
    libc::SYS_ustat,
    libc::SYS_sysfs,
    libc::SYS__sysctl,
];
#[cfg(not(target_arch = "x86_64"))]
const DENIED_HERE: &[c_long] = &[];

/// 이 번호부터는 이 목록을 쓴 뒤에 생긴 호출입니다. 아직 없는 것처럼 ENOSYS로 답합니다.
/// x86-64의 다른 이름판(x32, `0x4000_0000`을 더한 번호)도 함께 막힙니다.
const UNKNOWN: u32 = 463;

/// `clone(2)`의 깃발 가운데 새 이름공간을 만드는 것들입니다.
const NEW_NAMESPACES: u64 = (libc::CLONE_NEWCGROUP
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWNET
    | libc::CLONE_NEWNS
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWUSER
    | libc::CLONE_NEWUTS) as u64;

/// 파일의 권한을 바꾸는 것들입니다. ACL도 권한을 바꿉니다(`acl(5)`).
const MODES: &[c_long] = &[
    libc::SYS_fchmod,
    libc::SYS_fchmodat,
    libc::SYS_fchmodat2,
    libc::SYS_setxattr,
    libc::SYS_lsetxattr,
    libc::SYS_fsetxattr,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_chmod,
];

/// 지금부터 이 프로세스와 자손에 두릅니다.
///
/// `sockets`가 거짓이면 이름 있는 Unix 소켓도 만들지 못합니다. 파일 나무가 바깥과 같을 때에는 바깥의 소켓에
/// 이어질 수 있기 때문입니다. `socketpair`는 언제나 됩니다.
///
/// `keeps_modes`가 참이면 파일의 권한을 바꾸지 못합니다. 읽기 전용 마운트가 없으면, 실행만 하게 한 파일의 주인과 같은
/// 사용자가 권한을 풀고 읽을 수 있기 때문입니다.
pub fn enforce(sockets: bool, keeps_modes: bool) -> Result<(), String> {
    let filter = filter(sockets, keeps_modes).map_err(|error| error.to_string());
    let applied = filter.and_then(|f| apply_filter(&f).map_err(|error| error.to_string()));
    applied.map_err(|error| format!("seccomp을 두르지 못했습니다({error})"))
}

fn filter(sockets: bool, keeps_modes: bool) -> Result<BpfProgram, seccompiler::BackendError> {
    let is = |index, length, op, value| SeccompCondition::new(index, length, op, value);
    let rule = |condition| SeccompRule::new(vec![condition]);
    let unix = libc::AF_UNIX as u64;
    let mut denied: BTreeMap<i64, Vec<SeccompRule>> = DENIED
        .iter()
        .chain(DENIED_HERE)
        .chain(MODES.iter().filter(|_| keeps_modes))
        .map(|call| (*call, Vec::new()))
        .collect();
    let not_unix = || is(0, Len::Dword, Op::Ne, unix).and_then(rule);
    let socket = if sockets {
        vec![not_unix()?]
    } else {
        Vec::new()
    };
    denied.insert(libc::SYS_socket, socket);
    denied.insert(libc::SYS_socketpair, vec![not_unix()?]);
    // 깃발 하나라도 있으면 거절합니다. 가린 값이 같은지만 물을 수 있으므로 깃발마다 묻습니다.
    let flags = (0..32)
        .map(|bit| 1 << bit)
        .filter(|bit| NEW_NAMESPACES & bit != 0);
    let clone = flags.map(|bit| is(0, Len::Qword, Op::MaskedEq(bit), bit).and_then(rule));
    denied.insert(libc::SYS_clone, clone.collect::<Result<_, _>>()?);
    // 저 자신(0)이 아닌 이의 한계와 우선순위는 바꾸지 못합니다.
    denied.insert(
        libc::SYS_prlimit64,
        vec![rule(is(0, Len::Dword, Op::Ne, 0)?)?],
    );
    denied.insert(
        libc::SYS_setpriority,
        vec![
            rule(is(0, Len::Dword, Op::Ne, 0)?)?,
            rule(is(1, Len::Dword, Op::Ne, 0)?)?,
        ],
    );
    let denied = SeccompFilter::new(
        denied,
        SeccompAction::Allow,
        SeccompAction::Errno(libc::EPERM as u32),
        TargetArch::try_from(ARCH)?,
    )?;
    let mut program = unseen();
    program.extend(BpfProgram::try_from(denied)?);
    Ok(program)
}

/// 앞에 붙이는 부분입니다. 새 번호와, 깃발이 메모리에 있어 들여다볼 수 없는 `clone3`에 ENOSYS로 답합니다.
/// libc는 ENOSYS를 받으면 `clone`을 씁니다. 뛰는 자리는 모두 상대적이므로 앞에 붙여도 됩니다.
fn unseen() -> BpfProgram {
    const LOAD: u16 = (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16;
    const AT_LEAST: u16 = (libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K) as u16;
    const EQUAL: u16 = (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16;
    const RETURN: u16 = (libc::BPF_RET | libc::BPF_K) as u16;
    let step = |code, jt, jf, k| sock_filter { code, jt, jf, k };
    vec![
        // 호출 번호는 `seccomp_data`의 맨 앞에 있습니다.
        step(LOAD, 0, 0, 0),
        step(AT_LEAST, 1, 0, UNKNOWN),
        step(EQUAL, 0, 1, libc::SYS_clone3 as u32),
        step(RETURN, 0, 0, libc::SECCOMP_RET_ERRNO | libc::ENOSYS as u32),
    ]
}
