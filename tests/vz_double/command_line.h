/* From a configuration to QEMU's command line. */
#import "double.h"

/*
 * The arguments that make QEMU a machine with this configuration, stopped before its first instruction. Adds the descriptors that
 * they name to `descriptors`, and the servers that they connect to (VZDoubleShare) to `shares`. With the path of a saved state,
 * QEMU loads it.
 */
NSArray *VZDoubleCommandLine(VZVirtualMachineConfiguration *configuration, NSString *savedState, NSMutableArray *descriptors,
                             NSMutableArray *shares);

/* The path, quoted for a shell. */
NSString *VZDoubleQuote(NSString *path);
