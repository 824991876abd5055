#import "configuration.h"

#import "devices.h"
#import "errors.h"
#import "json.h"
#import "newer.h"

static VZBootLoader *makeLinuxBootLoader(NSDictionary *description, NSError **error) {
    NSURL *kernel = SnapvmFileMember(description, @"kernel", error);
    NSString *commandLine = kernel == nil ? nil : SnapvmMember(description, @"commandLine", [NSString class], error);
    if (commandLine == nil) {
        return nil;
    }
    VZLinuxBootLoader *bootLoader = [[[VZLinuxBootLoader alloc] initWithKernelURL:kernel] autorelease];
    [bootLoader setCommandLine:commandLine];
    if (!SnapvmIsNull(description, @"initramfs")) {
        NSURL *initramfs = SnapvmFileMember(description, @"initramfs", error);
        if (initramfs == nil) {
            return nil;
        }
        [bootLoader setInitialRamdiskURL:initramfs];
    }
    return bootLoader;
}

static VZBootLoader *makeEFIBootLoader(NSDictionary *description, NSError **error) {
    NSURL *url = SnapvmFileMember(description, @"variableStore", error);
    if (url == nil) {
        return nil;
    }
    VZEFIVariableStore *store = [[[VZEFIVariableStore alloc] initWithURL:url] autorelease];
    VZEFIBootLoader *bootLoader = [[[VZEFIBootLoader alloc] init] autorelease];
    [bootLoader setVariableStore:store];
    return bootLoader;
}

static VZBootLoader *makeBootLoader(NSDictionary *description, NSError **error) {
    NSString *kind = SnapvmMember(description, @"kind", [NSString class], error);
    if (kind == nil) {
        return nil;
    }
    if ([kind isEqualToString:@"linux"]) {
        return makeLinuxBootLoader(description, error);
    }
    if ([kind isEqualToString:@"efi"]) {
        return makeEFIBootLoader(description, error);
    }
    *error = SnapvmMakeError([NSString stringWithFormat:@"There is no kind of boot loader \"%@\".", kind]);
    return nil;
}

static VZPlatformConfiguration *makePlatform(NSDictionary *description, NSError **error) {
    NSString *text = SnapvmMember(description, @"machineIdentifier", [NSString class], error);
    NSNumber *nested = text == nil ? nil : SnapvmMember(description, @"nestedVirtualization", [NSNumber class], error);
    if (nested == nil) {
        return nil;
    }
    NSData *data = [[[NSData alloc] initWithBase64EncodedString:text options:0] autorelease];
    VZGenericMachineIdentifier *identifier =
        data == nil ? nil : [[[VZGenericMachineIdentifier alloc] initWithDataRepresentation:data] autorelease];
    if (identifier == nil) {
        *error = SnapvmMakeError(@"The configuration's \"machineIdentifier\" was not made by the framework.");
        return nil;
    }
    VZGenericPlatformConfiguration *platform = [[[VZGenericPlatformConfiguration alloc] init] autorelease];
    [platform setMachineIdentifier:identifier];
    if ([nested boolValue]) {
        if (!SnapvmHasNestedVirtualization()) {
            *error = SnapvmMissingError(@"Virtualization inside the guest", @"macOS 15 and a processor that has it (M3 or newer)");
            return nil;
        }
        [(id<SnapvmNestedVirtualization>)platform setNestedVirtualizationEnabled:YES];
    }
    return platform;
}

static BOOL readProcessorsAndMemory(VZVirtualMachineConfiguration *machine, NSDictionary *description, NSError **error) {
    NSNumber *cpus = SnapvmCountMember(description, @"cpus", error);
    NSNumber *memory = cpus == nil ? nil : SnapvmCountMember(description, @"memory", error);
    if (memory == nil) {
        return NO;
    }
    [machine setCPUCount:[cpus unsignedIntegerValue]];
    [machine setMemorySize:[memory unsignedLongLongValue]];
    return YES;
}

static BOOL readBootLoader(VZVirtualMachineConfiguration *machine, NSDictionary *description, NSError **error) {
    NSDictionary *object = SnapvmMember(description, @"bootLoader", [NSDictionary class], error);
    VZBootLoader *bootLoader = object == nil ? nil : makeBootLoader(object, error);
    if (bootLoader == nil) {
        return NO;
    }
    [machine setBootLoader:bootLoader];
    object = SnapvmMember(description, @"platform", [NSDictionary class], error);
    VZPlatformConfiguration *platform = object == nil ? nil : makePlatform(object, error);
    if (platform == nil) {
        return NO;
    }
    [machine setPlatform:platform];
    return YES;
}

static BOOL readConsoles(VZVirtualMachineConfiguration *machine, NSDictionary *description, NSError **error) {
    if (!SnapvmIsNull(description, @"console")) {
        NSString *socket = SnapvmMember(description, @"console", [NSString class], error);
        VZSerialPortConfiguration *console = socket == nil ? nil : SnapvmMakeConsole(socket, error);
        if (console == nil) {
            return NO;
        }
        [machine setSerialPorts:[NSArray arrayWithObject:console]];
    }
    NSArray *ports = SnapvmObjectsMember(description, @"ports", error);
    if (ports == nil) {
        return NO;
    }
    if ([ports count] > 0) {
        VZConsoleDeviceConfiguration *device = SnapvmMakePorts(ports, error);
        if (device == nil) {
            return NO;
        }
        [machine setConsoleDevices:[NSArray arrayWithObject:device]];
    }
    return YES;
}

static BOOL readDisks(VZVirtualMachineConfiguration *machine, NSDictionary *description, NSError **error) {
    NSArray *disks = SnapvmObjectsMember(description, @"disks", error);
    if (disks == nil) {
        return NO;
    }
    NSMutableArray *devices = [NSMutableArray array];
    for (NSDictionary *disk in disks) {
        VZStorageDeviceConfiguration *device = SnapvmMakeDisk(disk, error);
        if (device == nil) {
            return NO;
        }
        [devices addObject:device];
    }
    [machine setStorageDevices:devices];
    return YES;
}

static BOOL readNetworks(VZVirtualMachineConfiguration *machine, NSDictionary *description, NSError **error) {
    NSArray *networks = SnapvmObjectsMember(description, @"networks", error);
    if (networks == nil) {
        return NO;
    }
    NSMutableArray *devices = [NSMutableArray array];
    for (NSDictionary *network in networks) {
        VZNetworkDeviceConfiguration *device = SnapvmMakeNetwork(network, error);
        if (device == nil) {
            return NO;
        }
        [devices addObject:device];
    }
    [machine setNetworkDevices:devices];
    return YES;
}

static BOOL readShares(VZVirtualMachineConfiguration *machine, NSDictionary *description, NSError **error) {
    NSArray *shares = SnapvmObjectsMember(description, @"shares", error);
    if (shares == nil) {
        return NO;
    }
    NSMutableArray *devices = [NSMutableArray array];
    for (NSDictionary *share in shares) {
        VZDirectorySharingDeviceConfiguration *device = SnapvmMakeShare(share, error);
        if (device == nil) {
            return NO;
        }
        [devices addObject:device];
    }
    if (!SnapvmIsNull(description, @"rosetta")) {
        NSString *tag = SnapvmMember(description, @"rosetta", [NSString class], error);
        VZDirectorySharingDeviceConfiguration *device = tag == nil ? nil : SnapvmMakeRosettaShare(tag, error);
        if (device == nil) {
            return NO;
        }
        [devices addObject:device];
    }
    [machine setDirectorySharingDevices:devices];
    return YES;
}

static BOOL readSmallDevices(VZVirtualMachineConfiguration *machine, NSDictionary *description, NSError **error) {
    NSNumber *entropy = SnapvmMember(description, @"entropy", [NSNumber class], error);
    NSNumber *balloon = entropy == nil ? nil : SnapvmMember(description, @"balloon", [NSNumber class], error);
    if (balloon == nil) {
        return NO;
    }
    if ([entropy boolValue]) {
        id device = [[[VZVirtioEntropyDeviceConfiguration alloc] init] autorelease];
        [machine setEntropyDevices:[NSArray arrayWithObject:device]];
    }
    if ([balloon boolValue]) {
        id device = [[[VZVirtioTraditionalMemoryBalloonDeviceConfiguration alloc] init] autorelease];
        [machine setMemoryBalloonDevices:[NSArray arrayWithObject:device]];
    }
    return YES;
}

VZVirtualMachineConfiguration *SnapvmReadConfiguration(NSData *json, NSError **error) {
    /* Autoreleased before anything is read: an exception of the framework must not leak the sockets connected by then. */
    VZVirtualMachineConfiguration *machine = [[[VZVirtualMachineConfiguration alloc] init] autorelease];
    NSDictionary *description = SnapvmParseObject(json, error);
    BOOL complete = description != nil && readProcessorsAndMemory(machine, description, error) &&
                    readBootLoader(machine, description, error) && readConsoles(machine, description, error) &&
                    readDisks(machine, description, error) && readNetworks(machine, description, error) &&
                    readShares(machine, description, error) && readSmallDevices(machine, description, error);
    return complete ? machine : nil;
}
