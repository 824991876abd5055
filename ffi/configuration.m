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
        *error = SnapvmMakeError(@"The configuration's \"machineIdentifier\" is none that the framework has made.");
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

@implementation SnapvmConfiguration

@synthesize machine = _machine;
@synthesize networkDisks = _networkDisks;

+ (SnapvmConfiguration *)configurationWithJSON:(NSData *)json error:(NSError **)error {
    /* Given back before anything is read: the framework raises exceptions, and the sockets that are connected by then have to go. */
    SnapvmConfiguration *configuration = [[[SnapvmConfiguration alloc] init] autorelease];
    NSDictionary *description = SnapvmParseObject(json, error);
    return description != nil && [configuration read:description error:error] ? configuration : nil;
}

- (instancetype)init {
    self = [super init];
    if (self != nil) {
        _machine = [[VZVirtualMachineConfiguration alloc] init];
        _networkDisks = [[NSMutableDictionary alloc] init];
    }
    return self;
}

- (BOOL)read:(NSDictionary *)description error:(NSError **)error {
    return [self readProcessorsAndMemory:description error:error] && [self readBootLoader:description error:error] &&
           [self readConsoles:description error:error] && [self readDisks:description error:error] &&
           [self readNetworks:description error:error] && [self readShares:description error:error] &&
           [self readSmallDevices:description error:error];
}

- (void)dealloc {
    [_machine release];
    [_networkDisks release];
    [super dealloc];
}

- (BOOL)readProcessorsAndMemory:(NSDictionary *)description error:(NSError **)error {
    NSNumber *cpus = SnapvmCountMember(description, @"cpus", error);
    NSNumber *memory = cpus == nil ? nil : SnapvmCountMember(description, @"memory", error);
    if (memory == nil) {
        return NO;
    }
    [_machine setCPUCount:[cpus unsignedIntegerValue]];
    [_machine setMemorySize:[memory unsignedLongLongValue]];
    return YES;
}

- (BOOL)readBootLoader:(NSDictionary *)description error:(NSError **)error {
    NSDictionary *object = SnapvmMember(description, @"bootLoader", [NSDictionary class], error);
    VZBootLoader *bootLoader = object == nil ? nil : makeBootLoader(object, error);
    if (bootLoader == nil) {
        return NO;
    }
    [_machine setBootLoader:bootLoader];
    object = SnapvmMember(description, @"platform", [NSDictionary class], error);
    VZPlatformConfiguration *platform = object == nil ? nil : makePlatform(object, error);
    if (platform == nil) {
        return NO;
    }
    [_machine setPlatform:platform];
    return YES;
}

- (BOOL)readConsoles:(NSDictionary *)description error:(NSError **)error {
    if (!SnapvmIsNull(description, @"console")) {
        NSString *socket = SnapvmMember(description, @"console", [NSString class], error);
        VZSerialPortConfiguration *console = socket == nil ? nil : SnapvmMakeConsole(socket, error);
        if (console == nil) {
            return NO;
        }
        [_machine setSerialPorts:[NSArray arrayWithObject:console]];
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
        [_machine setConsoleDevices:[NSArray arrayWithObject:device]];
    }
    return YES;
}

- (BOOL)readDisks:(NSDictionary *)description error:(NSError **)error {
    NSArray *disks = SnapvmObjectsMember(description, @"disks", error);
    if (disks == nil) {
        return NO;
    }
    NSMutableArray *devices = [NSMutableArray array];
    for (NSDictionary *disk in disks) {
        VZStorageDeviceConfiguration *device = SnapvmMakeDisk(disk, _networkDisks, error);
        if (device == nil) {
            return NO;
        }
        [devices addObject:device];
    }
    [_machine setStorageDevices:devices];
    return YES;
}

- (BOOL)readNetworks:(NSDictionary *)description error:(NSError **)error {
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
    [_machine setNetworkDevices:devices];
    return YES;
}

- (BOOL)readShares:(NSDictionary *)description error:(NSError **)error {
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
    [_machine setDirectorySharingDevices:devices];
    return YES;
}

- (BOOL)readSmallDevices:(NSDictionary *)description error:(NSError **)error {
    NSNumber *vsock = SnapvmMember(description, @"vsock", [NSNumber class], error);
    NSNumber *entropy = vsock == nil ? nil : SnapvmMember(description, @"entropy", [NSNumber class], error);
    NSNumber *balloon = entropy == nil ? nil : SnapvmMember(description, @"balloon", [NSNumber class], error);
    if (balloon == nil) {
        return NO;
    }
    if ([vsock boolValue]) {
        id device = [[[VZVirtioSocketDeviceConfiguration alloc] init] autorelease];
        [_machine setSocketDevices:[NSArray arrayWithObject:device]];
    }
    if ([entropy boolValue]) {
        id device = [[[VZVirtioEntropyDeviceConfiguration alloc] init] autorelease];
        [_machine setEntropyDevices:[NSArray arrayWithObject:device]];
    }
    if ([balloon boolValue]) {
        id device = [[[VZVirtioTraditionalMemoryBalloonDeviceConfiguration alloc] init] autorelease];
        [_machine setMemoryBalloonDevices:[NSArray arrayWithObject:device]];
    }
    return YES;
}

@end
