/*
 * Serial dispatch queues over threads. Each queue has a thread, which ends when the queue has been released and is empty.
 */
#import <Foundation/Foundation.h>

#include "dispatch.h"

#include <Block.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

struct entry {
    dispatch_block_t block;
    struct entry *next;
};

struct dispatch_queue_s {
    const char *label;
    int references;
    struct entry *first;
    struct entry *last;
    pthread_mutex_t mutex;
    pthread_cond_t condition;
};

static _Thread_local dispatch_queue_t current;

static void run(dispatch_block_t block) {
    @autoreleasepool {
        block();
        Block_release(block);
    }
}

/* The next block, or NULL if no more will come. */
static dispatch_block_t next(dispatch_queue_t queue) {
    pthread_mutex_lock(&queue->mutex);
    while (queue->first == NULL && queue->references > 0) {
        pthread_cond_wait(&queue->condition, &queue->mutex);
    }
    struct entry *entry = queue->first;
    if (entry != NULL) {
        queue->first = entry->next;
    }
    pthread_mutex_unlock(&queue->mutex);
    dispatch_block_t block = entry == NULL ? NULL : entry->block;
    free(entry);
    return block;
}

static void *serve(void *argument) {
    dispatch_queue_t queue = argument;
    current = queue;
    GSRegisterCurrentThread();
    for (dispatch_block_t block = next(queue); block != NULL; block = next(queue)) {
        run(block);
    }
    GSUnregisterCurrentThread();
    pthread_mutex_destroy(&queue->mutex);
    pthread_cond_destroy(&queue->condition);
    free(queue);
    return NULL;
}

dispatch_queue_t dispatch_queue_create(const char *label, void *attribute) {
    (void)attribute;
    dispatch_queue_t queue = calloc(1, sizeof *queue);
    queue->label = label;
    queue->references = 1;
    pthread_mutex_init(&queue->mutex, NULL);
    pthread_cond_init(&queue->condition, NULL);
    pthread_t thread;
    if (pthread_create(&thread, NULL, serve, queue) != 0) {
        abort();
    }
    pthread_detach(thread);
    return queue;
}

void dispatch_async(dispatch_queue_t queue, dispatch_block_t block) {
    struct entry *entry = calloc(1, sizeof *entry);
    entry->block = Block_copy(block);
    pthread_mutex_lock(&queue->mutex);
    if (queue->first == NULL) {
        queue->first = entry;
    } else {
        queue->last->next = entry;
    }
    queue->last = entry;
    pthread_cond_signal(&queue->condition);
    pthread_mutex_unlock(&queue->mutex);
}

static void addReferences(dispatch_queue_t queue, int count) {
    pthread_mutex_lock(&queue->mutex);
    queue->references += count;
    pthread_cond_signal(&queue->condition);
    pthread_mutex_unlock(&queue->mutex);
}

void dispatch_retain(dispatch_queue_t queue) {
    addReferences(queue, 1);
}

void dispatch_release(dispatch_queue_t queue) {
    addReferences(queue, -1);
}

void dispatch_assert_queue(dispatch_queue_t queue) {
    if (current != queue) {
        fprintf(stderr, "BUG IN CLIENT OF LIBDISPATCH: Assertion failed: Block was expected to execute on queue [%s]\n",
                queue->label);
        raise(SIGTRAP);
    }
}
