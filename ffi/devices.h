/* Each device of a configuration, made from its JSON. Every function returns nil and an error when it cannot. */
#import <Virtualization/Virtualization.h>

/* A disk. A network disk's attachment is put into `networkDisks` under the disk's serial. */
VZStorageDeviceConfiguration *SnapvmMakeDisk(NSDictionary *disk, NSMutableDictionary *networkDisks, NSError **error);

VZNetworkDeviceConfiguration *SnapvmMakeNetwork(NSDictionary *network, NSError **error);

VZDirectorySharingDeviceConfiguration *SnapvmMakeShare(NSDictionary *share, NSError **error);

VZDirectorySharingDeviceConfiguration *SnapvmMakeRosettaShare(NSString *tag, NSError **error);

/* The guest's hvc0. */
VZSerialPortConfiguration *SnapvmMakeConsole(NSString *socket, NSError **error);

/* One device with all named ports. */
VZConsoleDeviceConfiguration *SnapvmMakePorts(NSArray *ports, NSError **error);
