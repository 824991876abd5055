/*
 * The C interface between snapvm and Apple's Virtualization.framework.
 *
 * It is thin: a configuration goes in as JSON (ffi/configuration.ts says what it holds), operations return at once, and
 * everything that happens later comes out of one queue of events, as JSON (ffi/bindings.ts). There is no policy here and there
 * are no defaults.
 *
 * Texts. Functions that take `text` and `capacity` answer in UTF-8, without a final zero. They return the length of the
 * answer in bytes; when they fail, the negative length of an error message that is in `text` instead. `capacity` must be at
 * least SNAPVM_VZ_TEXT_CAPACITY; what is longer is cut at the end of a character.
 *
 * Requests. Operations take a number that the caller chooses; the "completed" event that ends the operation carries it.
 * Such a function returns 0, or -1 when there is no machine of that number.
 *
 * Threads. Every function may be called on any thread. None waits for the framework, except snapvm_vz_next_event, which
 * waits for an event.
 */
#ifndef SNAPVM_VZ_H
#define SNAPVM_VZ_H

#include <stdint.h>

#define SNAPVM_VZ_EXPORT __attribute__((visibility("default")))

/* Changes with every change of this interface that an older caller would not survive. */
#define SNAPVM_VZ_ABI_VERSION 1

#define SNAPVM_VZ_TEXT_CAPACITY 65536

SNAPVM_VZ_EXPORT uint32_t snapvm_vz_abi_version(void);

/* What this Mac can do, as JSON: whether virtualization is supported, limits of CPUs and memory, newer features. */
SNAPVM_VZ_EXPORT int32_t snapvm_vz_host(char *text, uint32_t capacity);

/*
 * Builds a configuration and lets the framework validate it, which includes the process's entitlement. Answers with JSON
 * that says whether a machine of this configuration can be saved and restored.
 */
SNAPVM_VZ_EXPORT int32_t snapvm_vz_validate(const char *json, uint32_t length, char *text, uint32_t capacity);

/* Makes a machine, which is then stopped. Returns its number, which is positive, or the negative length of an error. */
SNAPVM_VZ_EXPORT int32_t snapvm_vz_create(const char *json, uint32_t length, char *text, uint32_t capacity);

/*
 * Lets go of a machine, which the caller has stopped before. Its number is not valid any more when this returns; the
 * "released" event, its last, says that the framework's objects, the descriptors and every event that nobody took are gone.
 */
SNAPVM_VZ_EXPORT int32_t snapvm_vz_release(uint32_t machine);

/* What VZVirtualMachine has under the same names. save and restore need macOS 14 on Apple silicon. */
SNAPVM_VZ_EXPORT int32_t snapvm_vz_start(uint32_t machine, uint32_t request);
SNAPVM_VZ_EXPORT int32_t snapvm_vz_request_stop(uint32_t machine, uint32_t request);
SNAPVM_VZ_EXPORT int32_t snapvm_vz_stop(uint32_t machine, uint32_t request);
SNAPVM_VZ_EXPORT int32_t snapvm_vz_pause(uint32_t machine, uint32_t request);
SNAPVM_VZ_EXPORT int32_t snapvm_vz_resume(uint32_t machine, uint32_t request);
SNAPVM_VZ_EXPORT int32_t snapvm_vz_save(uint32_t machine, uint32_t request, const char *path);
SNAPVM_VZ_EXPORT int32_t snapvm_vz_restore(uint32_t machine, uint32_t request, const char *path);

/* Asks the guest's balloon driver to leave the guest this many bytes. */
SNAPVM_VZ_EXPORT int32_t snapvm_vz_set_memory_target(uint32_t machine, uint32_t request, uint64_t bytes);

/*
 * The virtio socket device. The "completed" event of a connect carries the descriptor of a connected stream socket; so does
 * the "vsock-accepted" event of each connection that the guest makes to a port that is listened on. The descriptor is a
 * duplicate that belongs to the caller.
 */
SNAPVM_VZ_EXPORT int32_t snapvm_vz_vsock_connect(uint32_t machine, uint32_t request, uint32_t port);
SNAPVM_VZ_EXPORT int32_t snapvm_vz_vsock_listen(uint32_t machine, uint32_t request, uint32_t port);
SNAPVM_VZ_EXPORT int32_t snapvm_vz_vsock_unlisten(uint32_t machine, uint32_t request, uint32_t port);

/* Waits for the next event and answers with its JSON. */
SNAPVM_VZ_EXPORT int32_t snapvm_vz_next_event(char *text, uint32_t capacity);

/* Closes a descriptor that came with an event and that nobody wants. */
SNAPVM_VZ_EXPORT void snapvm_vz_close_descriptor(int32_t descriptor);

/* A new VZGenericMachineIdentifier, as base64 of its data representation. */
SNAPVM_VZ_EXPORT int32_t snapvm_vz_machine_identifier(char *text, uint32_t capacity);

/* Writes a new EFI variable store to a path where there is no file. */
SNAPVM_VZ_EXPORT int32_t snapvm_vz_create_variable_store(const char *path, char *text, uint32_t capacity);

/* clonefile(2). Returns 0 or the number of the error, ENOTSUP or EXDEV where the filesystem cannot share blocks. */
SNAPVM_VZ_EXPORT int32_t snapvm_vz_clone_file(const char *from, const char *to);

/* Copies the data of a sparse file to a path where there is no file; holes stay holes. Returns 0 or the error's number. */
SNAPVM_VZ_EXPORT int32_t snapvm_vz_copy_file(const char *from, const char *to);

#endif
