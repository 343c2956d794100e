/*
 * Loaded before a program (LD_PRELOAD): counts its calls on files and processes and makes one of them fail, or kills the program
 * at it.
 *
 * What counts, from the first opening of a file under FAULTS_ROOT on: calls on paths and open files under FAULTS_ROOT, looks into
 * /proc, and what starts processes or takes descriptors, also in a child until it has become another program. The program that
 * is started knows nothing of it: the library takes itself and its variables out of the environment.
 *
 * FAULTS_ROOT  absolute folder
 * FAULTS_AT    number of the first call that fails, from 1; 0: none
 * FAULTS_FOR   how many calls in a row fail; 1 when it is not set
 * FAULTS_KIND  EIO ENOSPC EACCES EMFILE: the call fails so, or as such a call can that cannot fail so;
 *              before: the program is killed instead of the call; after: once the call is made; torn: once half of it is written
 * FAULTS_ON    only calls on paths that begin so count; every one when it is not set
 * FAULTS_LOG   file to which a line is added for each call: its number, what it is, and on what
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum kind { NONE, ERRNO, BEFORE, AFTER, TORN };
enum group { OPENS, READS, WRITES, SYNCS, NAMES, STARTS, TAKES };

static enum kind kind = NONE;
static int wanted;
static long first, last;
static char root[4096];
static size_t root_length;
static char only[4096];
static int log_fd = -1;

/* Shared with children that have not become another program yet. */
static struct shared {
  atomic_long calls;
  atomic_int armed;
} *shared;

static void take(const char *name, char *into, size_t size) {
  const char *value = getenv(name);
  snprintf(into, size, "%s", value == NULL ? "" : value);
  unsetenv(name);
}

__attribute__((constructor)) static void begin(void) {
  char at[32], count[32], how[32], log[4096];
  take("FAULTS_ROOT", root, sizeof root);
  take("FAULTS_AT", at, sizeof at);
  take("FAULTS_FOR", count, sizeof count);
  take("FAULTS_KIND", how, sizeof how);
  take("FAULTS_LOG", log, sizeof log);
  take("FAULTS_ON", only, sizeof only);
  unsetenv("LD_PRELOAD");
  root_length = strlen(root);
  if (root_length == 0) return;
  first = atol(at);
  last = first + (count[0] == 0 ? 1 : atol(count)) - 1;
  kind = strcmp(how, "before") == 0 ? BEFORE : strcmp(how, "after") == 0 ? AFTER : strcmp(how, "torn") == 0 ? TORN : ERRNO;
  wanted = strcmp(how, "ENOSPC") == 0 ? ENOSPC : strcmp(how, "EACCES") == 0 ? EACCES : strcmp(how, "EMFILE") == 0 ? EMFILE : EIO;
  if (first < 1) kind = NONE;
  shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (log[0] != 0) {
    int fd = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    /* Out of the way of the descriptors that a child is given. */
    log_fd = (int)syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 700);
    syscall(SYS_close, fd);
  }
}

/* The error with which a call of `group` may fail in truth. */
static int error_of(enum group group) {
  switch (group) {
    case OPENS: return wanted;
    case READS: return EIO;
    case WRITES:
    case SYNCS: return wanted == ENOSPC ? ENOSPC : EIO;
    case NAMES: return wanted == EMFILE ? EIO : wanted;
    case STARTS: return wanted == EMFILE ? EAGAIN : wanted == EACCES ? EACCES : ENOMEM;
    default: return wanted == EACCES ? ENFILE : EMFILE;
  }
}

static void say(long number, const char *name, const char *on, int faulted) {
  char line[4400];
  int length;
  if (log_fd < 0) return;
  length = snprintf(line, sizeof line, "%ld %s %s%s\n", number, name, on, faulted ? " FAULT" : "");
  syscall(SYS_write, log_fd, line, length);
}

static void die(void) {
  syscall(SYS_kill, getpid(), SIGKILL);
  for (;;) pause();
}

/* NONE: the call is made. ERRNO: errno is set and it is not. AFTER, TORN: it is made, as far as that goes, and then `die` is called. */
static enum kind judge(enum group group, const char *name, const char *on) {
  if (strncmp(on, only, strlen(only)) != 0) return NONE;
  long number = atomic_fetch_add(&shared->calls, 1) + 1;
  int faulted = kind != NONE && number >= first && number <= last;
  say(number, name, on, faulted);
  if (!faulted) return NONE;
  if (kind == BEFORE) die();
  if (kind == ERRNO) errno = error_of(group);
  return kind;
}

static int is_under_root(const char *path) {
  return strncmp(path, root, root_length) == 0 && (path[root_length] == '/' || path[root_length] == 0);
}

static enum kind judge_path(enum group group, const char *name, const char *path) {
  if (shared == NULL || path == NULL) return NONE;
  if (!atomic_load(&shared->armed)) {
    if (group != OPENS || !is_under_root(path)) return NONE;
    atomic_store(&shared->armed, 1);
  }
  if (!is_under_root(path) && strncmp(path, "/proc/", 6) != 0 && strcmp(path, "/dev/null") != 0) return NONE;
  return judge(group, name, path);
}

static enum kind judge_open(enum group group, const char *name, int fd) {
  char link[64], path[4096];
  ssize_t length;
  if (shared == NULL || !atomic_load(&shared->armed)) return NONE;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  length = syscall(SYS_readlinkat, AT_FDCWD, link, path, sizeof path - 1);
  if (length < 0) return NONE;
  path[length] = 0;
  return is_under_root(path) ? judge(group, name, path) : NONE;
}

static enum kind judge_taking(enum group group, const char *name, const char *on) {
  return shared != NULL && atomic_load(&shared->armed) ? judge(group, name, on) : NONE;
}

#define REAL(name) ((__typeof__(&name))real(#name))
static void *real(const char *name) { return dlsym(RTLD_NEXT, name); }

/* Makes the call as `how` says; `fails` is what it returns then. */
#define DONE(how, call, fails)                \
  do {                                        \
    enum kind done = (how);                   \
    if (done == ERRNO) return fails;          \
    __typeof__(call) result = (call);         \
    if (done == AFTER || done == TORN) die(); \
    return result;                            \
  } while (0)

#define MODE(flags)                                          \
  mode_t mode = 0;                                           \
  if (((flags) & O_CREAT) || ((flags) & O_TMPFILE) == O_TMPFILE) { \
    va_list more;                                            \
    va_start(more, flags);                                   \
    mode = va_arg(more, mode_t);                             \
    va_end(more);                                            \
  }

int open(const char *path, int flags, ...) {
  MODE(flags)
  DONE(judge_path(OPENS, "open", path), REAL(open)(path, flags, mode), -1);
}
int open64(const char *path, int flags, ...) {
  MODE(flags)
  DONE(judge_path(OPENS, "open", path), REAL(open64)(path, flags, mode), -1);
}
int openat(int at, const char *path, int flags, ...) {
  MODE(flags)
  DONE(judge_path(OPENS, "open", path), REAL(openat)(at, path, flags, mode), -1);
}
int openat64(int at, const char *path, int flags, ...) {
  MODE(flags)
  DONE(judge_path(OPENS, "open", path), REAL(openat64)(at, path, flags, mode), -1);
}
DIR *opendir(const char *path) { DONE(judge_path(OPENS, "opendir", path), REAL(opendir)(path), NULL); }
int scandir(const char *path, struct dirent ***list, int (*which)(const struct dirent *),
            int (*order)(const struct dirent **, const struct dirent **)) {
  DONE(judge_path(OPENS, "scandir", path), REAL(scandir)(path, list, which, order), -1);
}
int scandir64(const char *path, struct dirent64 ***list, int (*which)(const struct dirent64 *),
              int (*order)(const struct dirent64 **, const struct dirent64 **)) {
  DONE(judge_path(OPENS, "scandir", path), REAL(scandir64)(path, list, which, order), -1);
}
ssize_t readlink(const char *path, char *into, size_t size) {
  DONE(judge_path(READS, "readlink", path), REAL(readlink)(path, into, size), -1);
}

ssize_t read(int fd, void *into, size_t size) { DONE(judge_open(READS, "read", fd), REAL(read)(fd, into, size), -1); }
ssize_t pread(int fd, void *into, size_t size, off_t at) {
  DONE(judge_open(READS, "read", fd), REAL(pread)(fd, into, size, at), -1);
}
ssize_t pread64(int fd, void *into, size_t size, off64_t at) {
  DONE(judge_open(READS, "read", fd), REAL(pread64)(fd, into, size, at), -1);
}

static size_t half(enum kind how, size_t size) { return how == TORN ? size / 2 : size; }
ssize_t write(int fd, const void *from, size_t size) {
  enum kind how = judge_open(WRITES, "write", fd);
  DONE(how, REAL(write)(fd, from, half(how, size)), -1);
}
ssize_t pwrite(int fd, const void *from, size_t size, off_t at) {
  enum kind how = judge_open(WRITES, "write", fd);
  DONE(how, REAL(pwrite)(fd, from, half(how, size), at), -1);
}
ssize_t pwrite64(int fd, const void *from, size_t size, off64_t at) {
  enum kind how = judge_open(WRITES, "write", fd);
  DONE(how, REAL(pwrite64)(fd, from, half(how, size), at), -1);
}
ssize_t writev(int fd, const struct iovec *from, int count) {
  enum kind how = judge_open(WRITES, "write", fd);
  DONE(how, REAL(writev)(fd, from, (int)half(how, (size_t)count)), -1);
}
ssize_t pwritev(int fd, const struct iovec *from, int count, off_t at) {
  enum kind how = judge_open(WRITES, "write", fd);
  DONE(how, REAL(pwritev)(fd, from, (int)half(how, (size_t)count), at), -1);
}
ssize_t pwritev64(int fd, const struct iovec *from, int count, off64_t at) {
  enum kind how = judge_open(WRITES, "write", fd);
  DONE(how, REAL(pwritev64)(fd, from, (int)half(how, (size_t)count), at), -1);
}

int fsync(int fd) { DONE(judge_open(SYNCS, "fsync", fd), REAL(fsync)(fd), -1); }
int fdatasync(int fd) { DONE(judge_open(SYNCS, "fdatasync", fd), REAL(fdatasync)(fd), -1); }
int ftruncate(int fd, off_t size) { DONE(judge_open(WRITES, "ftruncate", fd), REAL(ftruncate)(fd, size), -1); }
int ftruncate64(int fd, off64_t size) { DONE(judge_open(WRITES, "ftruncate", fd), REAL(ftruncate64)(fd, size), -1); }

int rename(const char *from, const char *to) { DONE(judge_path(NAMES, "rename", to), REAL(rename)(from, to), -1); }
int link(const char *from, const char *to) { DONE(judge_path(NAMES, "link", to), REAL(link)(from, to), -1); }
int symlink(const char *from, const char *to) { DONE(judge_path(NAMES, "symlink", to), REAL(symlink)(from, to), -1); }
int unlink(const char *path) { DONE(judge_path(NAMES, "unlink", path), REAL(unlink)(path), -1); }
int mkdir(const char *path, mode_t mode) { DONE(judge_path(NAMES, "mkdir", path), REAL(mkdir)(path, mode), -1); }
int rmdir(const char *path) { DONE(judge_path(NAMES, "rmdir", path), REAL(rmdir)(path), -1); }

pid_t fork(void) {
  enum kind how = judge_taking(STARTS, "fork", "");
  pid_t pid;
  if (how == ERRNO) return -1;
  pid = REAL(fork)();
  if (pid != 0 && (how == AFTER || how == TORN)) die();
  return pid;
}
int execvp(const char *file, char *const argv[]) {
  enum kind how = judge_taking(STARTS, "exec", file);
  if (how == ERRNO) return -1;
  return REAL(execvp)(file, argv);
}
int execve(const char *file, char *const argv[], char *const env[]) {
  enum kind how = judge_taking(STARTS, "exec", file);
  if (how == ERRNO) return -1;
  return REAL(execve)(file, argv, env);
}
int execvpe(const char *file, char *const argv[], char *const env[]) {
  enum kind how = judge_taking(STARTS, "exec", file);
  if (how == ERRNO) return -1;
  return REAL(execvpe)(file, argv, env);
}
int posix_spawn(pid_t *pid, const char *file, const posix_spawn_file_actions_t *acts, const posix_spawnattr_t *how,
                char *const argv[], char *const env[]) {
  enum kind done = judge_taking(STARTS, "spawn", file);
  int result;
  if (done == ERRNO) return errno;
  result = REAL(posix_spawn)(pid, file, acts, how, argv, env);
  if (done == AFTER || done == TORN) die();
  return result;
}
int pipe2(int ends[2], int flags) { DONE(judge_taking(TAKES, "pipe", ""), REAL(pipe2)(ends, flags), -1); }
int socketpair(int domain, int type, int protocol, int ends[2]) {
  DONE(judge_taking(TAKES, "socketpair", ""), REAL(socketpair)(domain, type, protocol, ends), -1);
}
int socket(int domain, int type, int protocol) {
  DONE(judge_taking(TAKES, "socket", ""), REAL(socket)(domain, type, protocol), -1);
}
