/* Makes each device of a configuration from its JSON. Every function returns nil and an error if it fails. */
#import <Virtualization/Virtualization.h>

VZStorageDeviceConfiguration *SnapvmMakeDisk(NSDictionary *disk, NSError **error);

VZNetworkDeviceConfiguration *SnapvmMakeNetwork(NSDictionary *network, NSError **error);

VZDirectorySharingDeviceConfiguration *SnapvmMakeShare(NSDictionary *share, NSError **error);

VZDirectorySharingDeviceConfiguration *SnapvmMakeRosettaShare(NSString *tag, NSError **error);

/* The guest's hvc0. */
VZSerialPortConfiguration *SnapvmMakeConsole(NSString *socket, NSError **error);

/* One device with all named ports. */
VZConsoleDeviceConfiguration *SnapvmMakePorts(NSArray *ports, NSError **error);
