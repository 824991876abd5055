/* Descriptors that the framework reads and writes. */
#import <Foundation/Foundation.h>

/* A file handle over a connection to the Unix socket that the caller listens on; nil and an error otherwise. */
NSFileHandle *SnapvmConnect(NSString *path, NSError **error);

/* A second handle, with a descriptor of its own, for the same connection. */
NSFileHandle *SnapvmDuplicateHandle(NSFileHandle *handle, NSError **error);

/* A duplicate of a descriptor that no child process inherits; -1 when there is none. */
int SnapvmDuplicate(int descriptor);
