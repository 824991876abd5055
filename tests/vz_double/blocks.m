/*
 * A runtime for blocks that behaves as Apple's: a copied block retains the objects that it refers to. Debian's two runtimes
 * (libBlocksRuntime, and the one inside GNUstep) do not. The layout is clang's Block Implementation Specification
 * (https://clang.llvm.org/docs/Block-ABI-Apple.html). Here, a block is not an object: nothing sends it messages.
 */
#import <Foundation/Foundation.h>

#include <stdlib.h>
#include <string.h>

#define HIDDEN __attribute__((visibility("hidden")))

enum {
    NEEDS_FREE = 1 << 24,
    HAS_COPY_DISPOSE = 1 << 25,
    IS_GLOBAL = 1 << 28,
};

enum {
    FIELD_IS_OBJECT = 3,
    FIELD_IS_BLOCK = 7,
    FIELD_IS_BYREF = 8,
    FIELD_IS_WEAK = 16,
    BYREF_CALLER = 128,
};

struct descriptor {
    unsigned long reserved;
    unsigned long size;
    void (*copy)(void *target, const void *source);
    void (*dispose)(const void *block);
};

/* `reserved` counts the references to a block on the heap. */
struct block {
    void *isa;
    int flags;
    int reserved;
    void (*invoke)(void *block, ...);
    struct descriptor *descriptor;
};

/* A __block variable. */
struct byref {
    void *isa;
    struct byref *forwarding;
    int flags;
    int size;
    void (*keep)(struct byref *target, struct byref *source);
    void (*destroy)(struct byref *byref);
};

HIDDEN void *_NSConcreteStackBlock[32];
HIDDEN void *_NSConcreteGlobalBlock[32];

HIDDEN void *_Block_copy(const void *argument) {
    struct block *block = (struct block *)argument;
    if (block == NULL || block->flags & IS_GLOBAL) {
        return block;
    }
    if (block->flags & NEEDS_FREE) {
        __atomic_add_fetch(&block->reserved, 1, __ATOMIC_SEQ_CST);
        return block;
    }
    struct block *copy = malloc(block->descriptor->size);
    memcpy(copy, block, block->descriptor->size);
    copy->flags |= NEEDS_FREE;
    copy->reserved = 1;
    if (copy->flags & HAS_COPY_DISPOSE) {
        copy->descriptor->copy(copy, block);
    }
    return copy;
}

HIDDEN void _Block_release(const void *argument) {
    struct block *block = (struct block *)argument;
    if (block == NULL || !(block->flags & NEEDS_FREE) || __atomic_sub_fetch(&block->reserved, 1, __ATOMIC_SEQ_CST) > 0) {
        return;
    }
    if (block->flags & HAS_COPY_DISPOSE) {
        block->descriptor->dispose(block);
    }
    free(block);
}

/* The low bits of `flags` count the references to a variable on the heap. */
static struct byref *keepByref(struct byref *source) {
    if (source->forwarding->flags & NEEDS_FREE) {
        __atomic_add_fetch(&source->forwarding->flags, 1, __ATOMIC_SEQ_CST);
        return source->forwarding;
    }
    struct byref *copy = malloc((size_t)source->size);
    memcpy(copy, source, (size_t)source->size);
    /* One of the two references is the stack's. It ends with the variable's scope. */
    copy->flags = (source->flags & ~0xffff) | NEEDS_FREE | 2;
    copy->forwarding = copy;
    source->forwarding = copy;
    if (source->flags & HAS_COPY_DISPOSE) {
        copy->keep(copy, source);
    }
    return copy;
}

static void releaseByref(struct byref *argument) {
    struct byref *byref = argument->forwarding;
    if (!(byref->flags & NEEDS_FREE) || (__atomic_sub_fetch(&byref->flags, 1, __ATOMIC_SEQ_CST) & 0xffff) > 0) {
        return;
    }
    if (byref->flags & HAS_COPY_DISPOSE) {
        byref->destroy(byref);
    }
    free(byref);
}

HIDDEN void _Block_object_assign(void *target, const void *object, const int flags) {
    const void **slot = target;
    switch (flags & ~FIELD_IS_WEAK) {
    case FIELD_IS_OBJECT:
        *slot = [(id)object retain];
        break;
    case FIELD_IS_BLOCK:
        *slot = _Block_copy(object);
        break;
    case FIELD_IS_BYREF:
        *slot = keepByref((struct byref *)object);
        break;
    default:
        /* A __block variable does not retain its object. */
        *slot = object;
    }
}

HIDDEN void _Block_object_dispose(const void *object, const int flags) {
    switch (flags & ~FIELD_IS_WEAK) {
    case FIELD_IS_OBJECT:
        [(id)object release];
        break;
    case FIELD_IS_BLOCK:
        _Block_release(object);
        break;
    case FIELD_IS_BYREF:
        releaseByref((struct byref *)object);
        break;
    default:
        break;
    }
}
