/* The agent's memory: a tenth of the code of the C library's own allocator, and all that a program with one thread needs.
 *
 * Sizes are rounded up to powers of two. What is freed is kept for the next of its size; large pieces go back to the
 * kernel. The tests build the agent without this file, so that the sanitizers see each allocation. */
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum {
  SMALLEST = 5,
  LARGEST = 16,
  CHUNK_SIZE = 256 * 1024,
};

/* In front of each piece, as large as the strictest alignment. */
struct piece {
  _Alignas(16) size_t size;
  struct piece *next;
};

static struct piece *unused[LARGEST + 1];
static uint8_t *chunk;
static size_t chunk_left;

static void *get_pages(size_t size) {
  void *pages = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return pages == MAP_FAILED ? NULL : pages;
}

static struct piece *get_small(int order) {
  struct piece *piece = unused[order];
  size_t size = (size_t)1 << order;
  if (piece != NULL) {
    unused[order] = piece->next;
    return piece;
  }
  if (chunk_left < size) {
    uint8_t *pages = get_pages(CHUNK_SIZE);
    if (pages == NULL) return NULL;
    chunk = pages;
    chunk_left = CHUNK_SIZE;
  }
  piece = (struct piece *)chunk;
  chunk += size;
  chunk_left -= size;
  return piece;
}

static int order_of(size_t size) {
  int order = SMALLEST;
  while (((size_t)1 << order) < size) order++;
  return order;
}

void *malloc(size_t size) {
  if (size > PTRDIFF_MAX - sizeof(struct piece)) {
    errno = ENOMEM;
    return NULL;
  }
  size += sizeof(struct piece);
  bool is_small = size <= (size_t)1 << LARGEST;
  int order = is_small ? order_of(size) : 0;
  struct piece *piece = is_small ? get_small(order) : get_pages(size);
  if (piece == NULL) {
    errno = ENOMEM;
    return NULL;
  }
  piece->size = is_small ? (size_t)1 << order : size;
  return piece + 1;
}

void free(void *memory) {
  if (memory == NULL) return;
  struct piece *piece = (struct piece *)memory - 1;
  if (piece->size > (size_t)1 << LARGEST) {
    int error = errno;
    munmap(piece, piece->size);
    errno = error;
    return;
  }
  int order = order_of(piece->size);
  piece->next = unused[order];
  unused[order] = piece;
}

void *calloc(size_t count, size_t size) {
  size_t total;
  if (__builtin_mul_overflow(count, size, &total)) {
    errno = ENOMEM;
    return NULL;
  }
  void *memory = malloc(total);
  return memory == NULL ? NULL : memset(memory, 0, total);
}

void *realloc(void *memory, size_t size) {
  size_t room = memory == NULL ? 0 : ((struct piece *)memory - 1)->size - sizeof(struct piece);
  if (size <= room && memory != NULL) return memory;
  /* Buffers grow step by step. */
  void *larger = malloc(size);
  if (larger == NULL) return NULL;
  if (room > 0) memcpy(larger, memory, room);
  free(memory);
  return larger;
}
