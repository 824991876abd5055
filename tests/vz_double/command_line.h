/* From a configuration to QEMU's command line. */
#import "double.h"

/*
 * The arguments that make QEMU the machine of this configuration, stopped before its first instruction; in `descriptors` the numbers
 * that they name, and in `shares` the servers that they connect to (VZDoubleShare). With a path, it waits for the state that was
 * saved there.
 */
NSArray *VZDoubleCommandLine(VZVirtualMachineConfiguration *configuration, NSString *savedState, NSMutableArray *descriptors,
                             NSMutableArray *shares);

/* The attachment of the disk that QEMU calls by this name. */
id VZDoubleAttachment(VZVirtualMachineConfiguration *configuration, NSString *disk);

/* A path as a word of a shell. */
NSString *VZDoubleQuote(NSString *path);
