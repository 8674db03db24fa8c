/* Loaded before the C library (LD_PRELOAD), it lets calls on the database's files fail, or leaves them
   out. It counts calls only while the file FAULT_ARMED exists, which says which call from then on is to
   fail, and takes that away when the fault has happened, so that whoever armed it knows.

   FAULT_CALL   flush | write
   FAULT_FILE   a part of the file's path
   FAULT_ARMED  the file with the number of the call, from 1; without this variable every call fails
   FAULT_ERRNO  how it fails; 0 pretends that it succeeded and does nothing */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static int calls;

static const char *setting(const char *name) {
  const char *value = getenv(name);
  return value ? value : "";
}

static int concerns(int fd) {
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return strstr(path, setting("FAULT_FILE")) != NULL;
}

/* Whether this call is the one. */
static int is_hit(const char *call, int fd) {
  if (strcmp(setting("FAULT_CALL"), call) != 0 || !concerns(fd)) return 0;
  if (!getenv("FAULT_ARMED")) return 1;
  int kept = errno, at = 0, hit = 0;
  FILE *armed = fopen(setting("FAULT_ARMED"), "r");
  if (armed) {
    if (fscanf(armed, "%d", &at) == 1 && __sync_add_and_fetch(&calls, 1) == at) {
      calls = 0;
      unlink(setting("FAULT_ARMED"));
      hit = 1;
    }
    fclose(armed);
  }
  errno = kept;
  return hit;
}

static int failed(int done) {
  int error = atoi(setting("FAULT_ERRNO"));
  if (error == 0) return done;
  errno = error;
  return -1;
}

int fsync(int fd) {
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
  return is_hit("flush", fd) ? failed(0) : real(fd);
}

int fdatasync(int fd) {
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
  return is_hit("flush", fd) ? failed(0) : real(fd);
}

ssize_t write(int fd, const void *bytes, size_t count) {
  ssize_t (*real)(int, const void *, size_t) =
      (ssize_t (*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
  return is_hit("write", fd) ? failed(count) : real(fd, bytes, count);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
  ssize_t (*real)(int, const void *, size_t, off_t) =
      (ssize_t (*)(int, const void *, size_t, off_t))dlsym(RTLD_NEXT, "pwrite");
  return is_hit("write", fd) ? failed(count) : real(fd, bytes, count, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
  ssize_t (*real)(int, const void *, size_t, off64_t) =
      (ssize_t (*)(int, const void *, size_t, off64_t))dlsym(RTLD_NEXT, "pwrite64");
  return is_hit("write", fd) ? failed(count) : real(fd, bytes, count, at);
}
