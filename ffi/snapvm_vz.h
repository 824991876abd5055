/*
 * The C interface between snapvm and Apple's Virtualization.framework.
 *
 * It is thin: it takes a configuration as JSON (ffi/configuration.ts), operations return at once, and everything that happens
 * later comes out of one queue of events as JSON (ffi/event.ts). There is no policy here, and there are no defaults.
 *
 * Texts. Functions that take `text` and `capacity` answer in UTF-8, without a final zero. They return the length of the
 * answer in bytes. If they fail, they put an error message into `text` and return its negative length. `capacity` must be at
 * least SNAPVM_VZ_TEXT_CAPACITY. A longer text is cut at the end of a character.
 *
 * Requests. Operations take a number that the caller chooses; the "completed" event that ends the operation carries it.
 * They return 0, or -1 if no machine has the number.
 *
 * Threads. Every function may be called on any thread. None waits for the framework. Only snapvm_vz_next_event waits.
 */
#ifndef SNAPVM_VZ_H
#define SNAPVM_VZ_H

#include <stdint.h>

#define SNAPVM_VZ_EXPORT __attribute__((visibility("default")))

/* Goes up with every change of this interface that would break an older caller. */
#define SNAPVM_VZ_ABI_VERSION 2

#define SNAPVM_VZ_TEXT_CAPACITY 65536

SNAPVM_VZ_EXPORT uint32_t snapvm_vz_abi_version(void);

/* What this Mac can do, as JSON: whether it supports virtualization, its limits of CPUs and memory, newer features. */
SNAPVM_VZ_EXPORT int32_t snapvm_vz_host(char *text, uint32_t capacity);

/*
 * Builds a configuration and lets the framework validate it and the process's entitlement. The answer is JSON, which says
 * whether a machine with this configuration can be saved and restored.
 */
SNAPVM_VZ_EXPORT int32_t snapvm_vz_validate(const char *json, uint32_t length, char *text, uint32_t capacity);

/* Makes a stopped machine. Returns its number, which is positive, or the negative length of an error. */
SNAPVM_VZ_EXPORT int32_t snapvm_vz_create(const char *json, uint32_t length, char *text, uint32_t capacity);

/*
 * Releases a machine, which the caller has stopped before. Its number is invalid when this returns. Its last event,
 * "released", says that the framework's objects, their descriptors and the machine's untaken events are gone.
 */
SNAPVM_VZ_EXPORT int32_t snapvm_vz_release(uint32_t machine);

/* VZVirtualMachine's methods of the same names. save and restore need macOS 14 on Apple silicon. */
SNAPVM_VZ_EXPORT int32_t snapvm_vz_start(uint32_t machine, uint32_t request);
SNAPVM_VZ_EXPORT int32_t snapvm_vz_request_stop(uint32_t machine, uint32_t request);
SNAPVM_VZ_EXPORT int32_t snapvm_vz_stop(uint32_t machine, uint32_t request);
SNAPVM_VZ_EXPORT int32_t snapvm_vz_pause(uint32_t machine, uint32_t request);
SNAPVM_VZ_EXPORT int32_t snapvm_vz_resume(uint32_t machine, uint32_t request);
SNAPVM_VZ_EXPORT int32_t snapvm_vz_save(uint32_t machine, uint32_t request, const char *path);
SNAPVM_VZ_EXPORT int32_t snapvm_vz_restore(uint32_t machine, uint32_t request, const char *path);

/* Asks the guest's balloon driver to leave the guest this many bytes. */
SNAPVM_VZ_EXPORT int32_t snapvm_vz_set_memory_target(uint32_t machine, uint32_t request, uint64_t bytes);

/* Waits for the next event. The answer is its JSON. */
SNAPVM_VZ_EXPORT int32_t snapvm_vz_next_event(char *text, uint32_t capacity);

/* The data representation of a new VZGenericMachineIdentifier, in base64. */
SNAPVM_VZ_EXPORT int32_t snapvm_vz_machine_identifier(char *text, uint32_t capacity);

/* Creates an EFI variable store. There must be no file at the path. */
SNAPVM_VZ_EXPORT int32_t snapvm_vz_create_variable_store(const char *path, char *text, uint32_t capacity);

/* clonefile(2). Returns 0 or the error's number: ENOTSUP or EXDEV if the filesystem cannot share blocks. */
SNAPVM_VZ_EXPORT int32_t snapvm_vz_clone_file(const char *from, const char *to);

/* Copies a sparse file and keeps its holes. There must be no file at `to`. Returns 0 or the error's number. */
SNAPVM_VZ_EXPORT int32_t snapvm_vz_copy_file(const char *from, const char *to);

#endif
