/* Loaded before the C library (LD_PRELOAD), it gives out randomness that a seed decides in place of the kernel's:
   ids, tokens, salts and the order of hash maps are then the same each time. Every thread has the same stream, for
   which thread asks first is not decided by anybody. Never for anything but simulated worlds.

   RANDOM_SEED  the seed */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

static __thread uint64_t state;
static __thread int has_begun;

/* splitmix64 */
static uint64_t next(void) {
  if (!has_begun) {
    const char *seed = getenv("RANDOM_SEED");
    state = seed ? strtoull(seed, NULL, 10) : 0;
    has_begun = 1;
  }
  uint64_t z = (state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

ssize_t getrandom(void *bytes, size_t count, unsigned flags) {
  (void)flags;
  for (size_t at = 0; at < count; at += sizeof(uint64_t)) {
    uint64_t word = next();
    size_t rest = count - at;
    memcpy((char *)bytes + at, &word, rest < sizeof word ? rest : sizeof word);
  }
  return (ssize_t)count;
}
