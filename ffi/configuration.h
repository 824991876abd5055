/* From JSON to a VZVirtualMachineConfiguration. */
#import <Virtualization/Virtualization.h>

/* Builds everything that the JSON names. Nil and an error if a part is missing or refused. Does not validate the whole. */
VZVirtualMachineConfiguration *SnapvmReadConfiguration(NSData *json, NSError **error);
