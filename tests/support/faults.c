/* Faults at the system calls that change files below one folder. See faults.py.
 *
 * A seccomp filter traps those calls and the handler carries them out, spoils them or ends the
 * process. Symbols that stand before libc's (LD_PRELOAD) would not do: Rust's rustix, and with it
 * tantivy, asks the kernel without libc. Writes through a mapping are not seen; the only file that
 * SQLite maps is the -shm, which no recovery reads.
 *
 * Linux on x86-64 only.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <ucontext.h>
#include <unistd.h>

#if !defined(__linux__) || !defined(__x86_64__)
#error "made for Linux on x86-64"
#endif

enum mode { RECORD = 0, KILL = 1, TORN = 2, FULL = 3, EIO_ONCE = 4, READ_ONLY = 5, PAUSE = 6 };
enum kind { DATA = 1, RESIZE, SYNC, RENAME, REMOVE, FOLDER, MAKE, OTHER, FAILED };

/* What a record in the log begins with; the two paths and the bytes follow. */
struct entry {
    int64_t kind, inode, offset, n_path, n_path2, n_data;
};

long faults_gate(long number, long a, long b, long c, long d, long e, long f);
extern char faults_gate_end[];
/* The one place from which the filter lets the trapped calls pass: "syscall" ends at the label. */
__asm__(".text\n.globl faults_gate\nfaults_gate:\n"
        "mov %rdi,%rax\nmov %rsi,%rdi\nmov %rdx,%rsi\nmov %rcx,%rdx\nmov %r8,%r10\n"
        "mov %r9,%r8\nmov 8(%rsp),%r9\nsyscall\n"
        ".globl faults_gate_end\nfaults_gate_end:\nret\n");

static const int TRAPPED[] = {
    SYS_write, SYS_pwrite64, SYS_writev, SYS_pwritev, SYS_pwritev2, SYS_ftruncate, SYS_truncate,
    SYS_fallocate, SYS_fsync, SYS_fdatasync, SYS_rename, SYS_renameat, SYS_renameat2, SYS_unlink,
    SYS_unlinkat, SYS_rmdir, SYS_mkdir, SYS_mkdirat, SYS_open, SYS_openat, SYS_creat, SYS_link,
    SYS_linkat, SYS_symlink, SYS_symlinkat, SYS_copy_file_range, SYS_sendfile};
enum { N_TRAPPED = sizeof TRAPPED / sizeof *TRAPPED };

static char folder[4096];
static size_t n_folder;
static enum mode mode;
static long at, n_calls;
static int fired, log_fd = -1;
static volatile int busy;

struct call {
    long number, a[6];
    enum kind kind;
    char path[4200], path2[4200];
};

static long ask(long number, long a, long b, long c, long d) {
    return faults_gate(number, a, b, c, d, 0, 0);
}

/* The path behind a descriptor, in `out`; empty if there is none. */
static void path_of(int fd, char *out, size_t size) {
    char link[40] = "/proc/self/fd/", digits[16];
    int n = 0, m = 14;
    do digits[n++] = '0' + fd % 10; while ((fd /= 10) > 0);
    while (n) link[m++] = digits[--n];
    link[m] = 0;
    long length = ask(SYS_readlink, (long)link, (long)out, (long)size - 1, 0);
    out[length > 0 ? length : 0] = 0;
}

/* `name` seen from the folder `dir` (AT_FDCWD: the working one), as an absolute path. */
static void resolve(int dir, const char *name, char *out, size_t size) {
    size_t n = 0;
    out[0] = 0;
    if (!name) return;
    if (name[0] != '/') {
        if (dir == AT_FDCWD) {
            if (ask(SYS_getcwd, (long)out, (long)size, 0, 0) < 0) out[0] = 0;
        } else {
            path_of(dir, out, size);
        }
        n = strlen(out);
        out[n++] = '/';
    }
    size_t m = strlen(name);
    if (n + m >= size) m = size - n - 1;
    memcpy(out + n, name, m);
    out[n + m] = 0;
}

static int below(const char *path) {
    return strncmp(path, folder, n_folder) == 0 && (path[n_folder] == '/' || path[n_folder] == 0);
}

static int creates(const char *path, long flags) {
    struct stat ignored;
    if (flags & O_TRUNC) return 1;
    return (flags & O_CREAT) && ask(SYS_stat, (long)path, (long)&ignored, 0, 0) < 0;
}

static void on_fd(struct call *c, enum kind kind, long fd) {
    c->kind = kind;
    path_of((int)fd, c->path, 4096);
}

static void on_name(struct call *c, enum kind kind, long dir, long name) {
    c->kind = kind;
    resolve((int)dir, (const char *)name, c->path, sizeof c->path);
}

static void on_names(struct call *c, enum kind kind, long d1, long n1, long d2, long n2) {
    on_name(c, kind, d1, n1);
    resolve((int)d2, (const char *)n2, c->path2, sizeof c->path2);
}

/* What a call would change; kind 0 for nothing. */
static void understand(struct call *c) {
    long *a = c->a;
    switch (c->number) {
    case SYS_write: case SYS_pwrite64: case SYS_writev: case SYS_pwritev: case SYS_pwritev2:
        on_fd(c, DATA, a[0]); break;
    case SYS_ftruncate: on_fd(c, RESIZE, a[0]); break;
    case SYS_truncate: on_name(c, RESIZE, AT_FDCWD, a[0]); break;
    case SYS_fallocate: on_fd(c, OTHER, a[0]); break;
    case SYS_fsync: case SYS_fdatasync: on_fd(c, SYNC, a[0]); break;
    case SYS_rename: on_names(c, RENAME, AT_FDCWD, a[0], AT_FDCWD, a[1]); break;
    case SYS_renameat: case SYS_renameat2: on_names(c, RENAME, a[0], a[1], a[2], a[3]); break;
    case SYS_unlink: case SYS_rmdir: on_name(c, REMOVE, AT_FDCWD, a[0]); break;
    case SYS_unlinkat: on_name(c, REMOVE, a[0], a[1]); break;
    case SYS_mkdir: on_name(c, FOLDER, AT_FDCWD, a[0]); break;
    case SYS_mkdirat: on_name(c, FOLDER, a[0], a[1]); break;
    case SYS_open: on_name(c, MAKE, AT_FDCWD, a[0]); if (!creates(c->path, a[1])) c->kind = 0; break;
    case SYS_openat: on_name(c, MAKE, a[0], a[1]); if (!creates(c->path, a[2])) c->kind = 0; break;
    case SYS_creat: on_name(c, MAKE, AT_FDCWD, a[0]); break;
    case SYS_link: on_name(c, OTHER, AT_FDCWD, a[1]); break;
    case SYS_linkat: on_name(c, OTHER, a[2], a[3]); break;
    case SYS_symlink: on_name(c, OTHER, AT_FDCWD, a[1]); break;
    case SYS_symlinkat: on_name(c, OTHER, a[1], a[2]); break;
    case SYS_copy_file_range: on_fd(c, OTHER, a[2]); break;
    case SYS_sendfile: on_fd(c, OTHER, a[0]); break;
    }
    if (c->kind && !below(c->path) && !(c->path2[0] && below(c->path2))) c->kind = 0;
}

static long carry_out(const struct call *c) {
    const long *a = c->a;
    return faults_gate(c->number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

/* Only the first half of the bytes; of several buffers, half of the first. */
static long half(const struct call *c) {
    const long *a = c->a;
    const struct iovec *parts = (const struct iovec *)a[1];
    switch (c->number) {
    case SYS_write: return ask(SYS_write, a[0], a[1], a[2] / 2, 0);
    case SYS_pwrite64: return ask(SYS_pwrite64, a[0], a[1], a[2] / 2, a[3]);
    case SYS_writev: return ask(SYS_write, a[0], (long)parts->iov_base, parts->iov_len / 2, 0);
    default: return ask(SYS_pwrite64, a[0], (long)parts->iov_base, parts->iov_len / 2, a[3]);
    }
}

static void die(void) {
    ask(SYS_kill, ask(SYS_getpid, 0, 0, 0, 0), SIGKILL, 0, 0);
    for (;;) ask(SYS_pause, 0, 0, 0, 0);
}

/* What the call gives in a disk that has gone bad, or is about to; `first`: at the fault itself. */
static long spoilt(const struct call *c, int first) {
    int grows = c->kind == DATA || c->kind == FOLDER || c->kind == MAKE || c->kind == OTHER;
    switch (mode) {
    case KILL: die(); break;
    case TORN:
        if (c->kind == DATA) half(c); else carry_out(c);
        die();
        break;
    case FULL: /* a full disk takes what fits, and lets names be changed and removed */
        if (first && c->kind == DATA) { long n = half(c); return n > 0 ? n : -ENOSPC; }
        return grows ? -ENOSPC : carry_out(c);
    case EIO_ONCE: return -EIO;
    case READ_ONLY: return -EROFS;
    case PAUSE: ask(SYS_kill, ask(SYS_getpid, 0, 0, 0, 0), SIGSTOP, 0, 0); break;
    case RECORD: break;
    }
    return carry_out(c);
}

/* -- the log ------------------------------------------------------------------------------------ */

static void put(const void *data, int64_t n) {
    const char *from = data;
    while (n > 0) {
        long written = ask(SYS_write, log_fd, (long)from, n, 0);
        if (written <= 0) die();
        from += written;
        n -= written;
    }
}

static void put_data(const struct call *c, int64_t n) {
    const struct iovec *parts = (const struct iovec *)c->a[1];
    if (c->number == SYS_write || c->number == SYS_pwrite64) {
        put((const void *)c->a[1], n);
        return;
    }
    for (int i = 0; n > 0 && i < c->a[2]; i++) {
        int64_t some = (int64_t)parts[i].iov_len < n ? (int64_t)parts[i].iov_len : n;
        put(parts[i].iov_base, some);
        n -= some;
    }
}

static int64_t position(const struct call *c, long result) {
    if (c->number == SYS_ftruncate || c->number == SYS_truncate) return c->a[1];
    if (c->number == SYS_write || c->number == SYS_writev) /* it moved by what was written */
        return ask(SYS_lseek, c->a[0], 0, SEEK_CUR, 0) - result;
    return c->number == SYS_pwrite64 || c->number == SYS_pwritev ? c->a[3] : 0;
}

static void record(const struct call *c, int64_t inode, long result) {
    struct entry e = {c->kind, inode, 0, (int64_t)strlen(c->path), (int64_t)strlen(c->path2), 0};
    if (result < 0) {
        e.kind = FAILED;
    } else if (c->kind == DATA || c->kind == RESIZE) {
        e.offset = position(c, result);
    }
    if (e.kind == DATA) e.n_data = result;
    put(&e, sizeof e);
    put(c->path, e.n_path);
    put(c->path2, e.n_path2);
    put_data(c, e.n_data);
}

static int64_t inode_of(const struct call *c, long result) {
    struct stat status;
    long failed;
    if (c->kind == MAKE) failed = ask(SYS_fstat, result, (long)&status, 0, 0);
    else failed = ask(SYS_lstat, (long)c->path, (long)&status, 0, 0);
    if ((c->kind == DATA || c->kind == SYNC || c->number == SYS_ftruncate))
        failed = ask(SYS_fstat, c->a[0], (long)&status, 0, 0);
    return failed < 0 ? 0 : (int64_t)status.st_ino;
}

static long recorded(const struct call *c) {
    int64_t inode = c->kind == MAKE ? 0 : inode_of(c, 0); /* before it is renamed or removed */
    long result = carry_out(c);
    if (result >= 0 && (c->kind == MAKE || c->kind == FOLDER)) inode = inode_of(c, result);
    record(c, inode, result);
    return result;
}

/* -- the trap ----------------------------------------------------------------------------------- */

static void on_trap(int signal_number, siginfo_t *info, void *context) {
    greg_t *r = ((ucontext_t *)context)->uc_mcontext.gregs;
    struct call c; /* on the stack: thread-local storage may ask malloc for room */
    memset(&c, 0, offsetof(struct call, path) + 1);
    c.path2[0] = 0;
    c.number = info->si_syscall;
    long args[6] = {r[REG_RDI], r[REG_RSI], r[REG_RDX], r[REG_R10], r[REG_R8], r[REG_R9]};
    memcpy(c.a, args, sizeof args);
    (void)signal_number;
    understand(&c);
    if (!c.kind) {
        r[REG_RAX] = carry_out(&c);
        return;
    }
    while (__sync_lock_test_and_set(&busy, 1)) ask(SYS_sched_yield, 0, 0, 0, 0);
    long number = ++n_calls;
    if (number == at) fired = 1;
    int spoil = number == at || (number > at && at > 0 && (mode == FULL || mode == READ_ONLY));
    if (spoil) r[REG_RAX] = spoilt(&c, number == at);
    else r[REG_RAX] = log_fd >= 0 ? recorded(&c) : carry_out(&c);
    __sync_lock_release(&busy);
}

static int install(void) {
    struct sock_filter filter[8 + 2 * N_TRAPPED + 2];
    uint64_t gate = (uint64_t)(uintptr_t)faults_gate_end;
    size_t ip = offsetof(struct seccomp_data, instruction_pointer);
    int n = 0;
    filter[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ip + 4);
    filter[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, gate >> 32, 0, 3);
    filter[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ip);
    filter[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)gate, 0, 1);
    filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    filter[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                                               offsetof(struct seccomp_data, nr));
    for (int i = 0; i < N_TRAPPED; i++) {
        filter[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, TRAPPED[i], 0, 1);
        filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP);
    }
    filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog program = {(unsigned short)n, filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) return -1;
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program);
}

/* From now on, and for the life of this process: spoil call `call` (from 1; 0 for none) in the way
 * `how`; with a `log`, write down every call. 0 if that could be arranged. */
int faults_arm(const char *below_folder, int how, long call, const char *log) {
    struct sigaction action = {.sa_sigaction = on_trap, .sa_flags = SA_SIGINFO | SA_NODEFER};
    n_folder = strlen(below_folder);
    if (n_folder >= sizeof folder) return -1;
    memcpy(folder, below_folder, n_folder + 1);
    mode = how;
    at = call;
    if (log && (log_fd = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)) < 0) return -1;
    sigemptyset(&action.sa_mask);
    if (sigaction(SIGSYS, &action, NULL)) return -1;
    return install();
}

/* Whether the call to be spoilt has come. */
int faults_fired(void) { return fired; }
