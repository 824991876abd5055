/* The sockets that the framework reads and writes. */
#import <Foundation/Foundation.h>

/* Connects to a Unix socket that the caller listens on. Nil and an error if that fails. */
NSFileHandle *SnapvmConnect(NSString *path, NSError **error);

/* A second handle for the same connection, with its own descriptor. */
NSFileHandle *SnapvmDuplicateHandle(NSFileHandle *handle, NSError **error);
