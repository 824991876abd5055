/* From a configuration to QEMU's command line. */
#import "double.h"

/*
 * The arguments that make QEMU the machine of this configuration, stopped before its first instruction, and in `descriptors`
 * the numbers that they name. With a path, it waits for the state that was saved there.
 */
NSArray *VZDoubleCommandLine(VZVirtualMachineConfiguration *configuration, NSString *savedState, NSMutableArray *descriptors);

/* A path as a word of a shell. */
NSString *VZDoubleQuote(NSString *path);
