/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The calls that this process and those it starts give up. A list of what is denied, not of what is
 * allowed: a C library or a libmicrohttpd that makes a call that nobody here has heard of goes on.
 * What is denied fails with EPERM and ends nobody.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sw_os.h"

/* Of other architectures neither the numbers nor the place of arguments were looked at. */
#if defined(__x86_64__) && defined(__LP64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__) && defined(__LP64__) && defined(__AARCH64EL__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

#ifdef ARCHITECTURE

/* Above 424 a number is the same on all architectures, and may be newer than the headers here.
 * Source: Linux, scripts/syscall.tbl */
enum {
  CALL_IO_URING_SETUP = 425,
  CALL_IO_URING_ENTER = 426,
  CALL_IO_URING_REGISTER = 427,
  CALL_OPEN_TREE = 428,
  CALL_MOVE_MOUNT = 429,
  CALL_FSOPEN = 430,
  CALL_FSCONFIG = 431,
  CALL_FSMOUNT = 432,
  CALL_FSPICK = 433,
  CALL_CLONE3 = 435,
  CALL_PIDFD_GETFD = 438,
  CALL_PROCESS_MADVISE = 440,
  CALL_MOUNT_SETATTR = 442
};
/* x32's calls of a 64-bit process. Source: Linux, arch/x86/include/uapi/asm/unistd.h */
#define X32 0x40000000
/* Flags with which clone(2) makes namespaces; that of time ones is none of clone's. */
#define NEW_NAMESPACES 0x7e020000

/* No watcher, hook or program that decides about a child has a use for these. */
static const int denied[] = {
    /* into other processes */
    __NR_ptrace,
    __NR_process_vm_readv,
    __NR_process_vm_writev,
    __NR_kcmp,
    CALL_PIDFD_GETFD,
    CALL_PROCESS_MADVISE,
    /* into other files and namespaces */
    __NR_mount,
    __NR_umount2,
    __NR_pivot_root,
    __NR_chroot,
    __NR_unshare,
    __NR_setns,
    __NR_open_by_handle_at,
    CALL_OPEN_TREE,
    CALL_MOVE_MOUNT,
    CALL_FSOPEN,
    CALL_FSCONFIG,
    CALL_FSMOUNT,
    CALL_FSPICK,
    CALL_MOUNT_SETATTR,
    /* into the kernel: parts of it in which there have been many holes, or that root alone needs */
    __NR_bpf,
    __NR_perf_event_open,
    __NR_userfaultfd,
    __NR_keyctl,
    __NR_add_key,
    __NR_request_key,
    __NR_personality,
    __NR_fanotify_init,
    CALL_IO_URING_SETUP,
    CALL_IO_URING_ENTER,
    CALL_IO_URING_REGISTER,
    __NR_init_module,
    __NR_finit_module,
    __NR_delete_module,
    __NR_kexec_load,
    __NR_reboot,
    __NR_swapon,
    __NR_swapoff,
    __NR_acct,
    __NR_quotactl,
    __NR_settimeofday,
    __NR_clock_settime,
    __NR_sethostname,
    __NR_setdomainname,
#ifdef __NR_kexec_file_load
    __NR_kexec_file_load,
#endif
#ifdef __x86_64__
    __NR_iopl,
    __NR_ioperm,
    __NR_modify_ldt,
#endif
};

/* The watcher has none either, but others that run in it may. */
static const int denied_alone[] = {
    __NR_execve,    __NR_execveat,  __NR_setuid,    __NR_setgid,   __NR_setreuid, __NR_setregid,
    __NR_setresuid, __NR_setresgid, __NR_setgroups, __NR_setfsuid, __NR_setfsgid, __NR_capset,
};

/* Syslog is asked over AF_UNIX; names, and a module's own log, over the others. */
static const int families[] = {AF_UNIX, AF_INET, AF_INET6};

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

typedef struct filter_t {
  struct sock_filter code[2 * (COUNT(denied) + COUNT(denied_alone) + COUNT(families)) + 24];
  unsigned short count;
} filter_t;

static void add(filter_t *filter, unsigned short code, uint32_t value, uint8_t if_not) {
  filter->code[filter->count++] = (struct sock_filter)BPF_JUMP(code, value, 0, if_not);
}

static void load(filter_t *filter, size_t place) {
  add(filter, BPF_LD | BPF_W | BPF_ABS, (uint32_t)place, 0);
}

/* @param skipped so many instructions, where it is not so */
static void where(filter_t *filter, unsigned short condition, uint32_t value, size_t skipped) {
  add(filter, BPF_JMP | condition | BPF_K, value, (uint8_t)skipped);
}

static void fail(filter_t *filter, uint32_t error) {
  add(filter, BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error, 0);
}

static void allow(filter_t *filter) {
  add(filter, BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0);
}

static void deny(filter_t *filter, const int *calls, size_t count) {
  for (size_t at = 0; at < count; ++at) {
    where(filter, BPF_JEQ, (uint32_t)calls[at], 1);
    fail(filter, EPERM);
  }
}

/* Another architecture's calls have other numbers: they would pass by the list. */
static void deny_foreign(filter_t *filter) {
  load(filter, offsetof(struct seccomp_data, arch));
  where(filter, BPF_JEQ, ARCHITECTURE, 1);
  where(filter, BPF_JA, 1, 0);
  fail(filter, EPERM);
  load(filter, offsetof(struct seccomp_data, nr));
  where(filter, BPF_JGE, X32, 1);
  fail(filter, EPERM);
}

/* The flags of clone3 lie in memory, where no filter sees them: without it the C library takes
 * clone. */
static void deny_namespaces(filter_t *filter) {
  where(filter, BPF_JEQ, CALL_CLONE3, 1);
  fail(filter, ENOSYS);
  where(filter, BPF_JEQ, __NR_clone, 4);
  load(filter, offsetof(struct seccomp_data, args));
  where(filter, BPF_JSET, NEW_NAMESPACES, 1);
  fail(filter, EPERM);
  allow(filter);
}

/* @param more one that is allowed, too */
static void deny_families(filter_t *filter, int more) {
  where(filter, BPF_JEQ, __NR_socket, 1 + 2 * (COUNT(families) + 1) + 1);
  load(filter, offsetof(struct seccomp_data, args));
  for (size_t at = 0; at < COUNT(families) + 1; ++at) {
    where(filter, BPF_JEQ, (uint32_t)(at < COUNT(families) ? families[at] : more), 1);
    allow(filter);
  }
  fail(filter, EPERM);
}

static int install(const filter_t *filter, unsigned flags) {
  struct sock_fprog program = {.len = filter->count, .filter = (void *)(uintptr_t)filter->code};
  return syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program) == 0 ? 0 : errno;
}

int sw_os_filter(int runs_others) {
  filter_t filter = {.count = 0};
  deny_foreign(&filter);
  deny(&filter, denied, COUNT(denied));
  if (!runs_others) {
    deny(&filter, denied_alone, COUNT(denied_alone));
  }
  deny_namespaces(&filter);
  deny_families(&filter, runs_others ? AF_NETLINK : AF_UNIX);
  allow(&filter);
#ifdef SECCOMP_FILTER_FLAG_LOG
  /* Nothing of ours comes so far; of others' programs the kernel's log would be full. */
  if (!runs_others && install(&filter, SECCOMP_FILTER_FLAG_LOG) == 0) {
    return 0;
  }
#endif
  return install(&filter, 0);
}

#else

int sw_os_filter(int runs_others) {
  (void)runs_others;
  return ENOTSUP;
}

#endif
