/**
 * What the operating system gives, each thing written once: locks, private folders, files that appear whole, sockets,
 * the lines and the tail of a stream, and processes that cannot outlive snapvm.
 *
 * @module
 */
export { isDiskFull } from "./files/is_disk_full.ts";
export { isFile } from "./files/is_file.ts";
export { isFolder } from "./files/is_folder.ts";
export { lockFile, tryLockFile } from "./files/lock_file.ts";
export type { TryLockFileOptions } from "./files/lock_file.ts";
export { lockFolder, tryLockFolder } from "./files/lock_folder.ts";
export type { LockFolderOptions } from "./files/lock_folder.ts";
export { makePrivateFolder } from "./files/make_private_folder.ts";
export { PartialOutput } from "./files/partial_output.ts";
export { pollLock, type PollLockOptions } from "./files/poll_lock.ts";
export { readAt } from "./files/read_at.ts";
export { removeIfThere } from "./files/remove_if_there.ts";
export { statIfThere } from "./files/stat_if_there.ts";
export { syncFolder } from "./files/sync_folder.ts";
export { unwritable } from "./files/unwritable.ts";
export { writeAll, writeAllSync } from "./files/write_all.ts";
export { writeAt } from "./files/write_at.ts";
export { closeIfOpen } from "./streams/close_if_open.ts";
export { LineSplitter } from "./streams/line_splitter.ts";
export { readLines } from "./streams/read_lines.ts";
export { SocketSet } from "./streams/socket_set.ts";
export { Tail } from "./streams/tail.ts";
export { describeProcessEnd } from "./describe_process_end.ts";
export { findProgram } from "./find_program.ts";
export { GuardedProcess } from "./guarded_process.ts";
export type { GuardedProcessOptions, ProcessEnd } from "./guarded_process.ts";
export { nextTurn } from "./next_turn.ts";
export { basename, dirname, isAbsolute, join, resolve } from "./paths.ts";
export { sha256 } from "./sha256.ts";
export { withDeadline } from "./with_deadline.ts";
export type { DeadlineOptions } from "./with_deadline.ts";
export { applicationSupport, type Environment, snapvmHome } from "./snapvm_home.ts";
