/*
 * The classes that describe a machine, with the framework's rules for them. Error texts are Apple's if they have been
 * published: the entitlement (crc-org/vfkit#91), missing hardware support (getsentry/devenv#72), the boot loader
 * (evansm7/vftool#24), the storage device attachment (tinylabscom/mvm#549), a missing disk image (tinylabscom/mvm#1216). The
 * others are marked as the double's own.
 */
#import "double.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <unistd.h>

static const uint64_t MiB = 1024 * 1024;

/* Tests choose the kind of Mac through the environment: VZ_DOUBLE_NAME=0 takes something away. */
static BOOL has(const char *name) {
    const char *value = getenv(name);
    return value == NULL || strcmp(value, "0") != 0;
}

#pragma mark - Boot loaders and platforms

@implementation VZBootLoader
VZ_ROOT_METHODS

/* Why the framework would refuse the boot loader, or nil. */
- (NSError *)problem {
    return nil;
}
@end

@implementation VZLinuxBootLoader

- (instancetype)initWithKernelURL:(NSURL *)kernelURL {
    self = [self init];
    [_values setObject:[kernelURL path] forKey:@"kernel"];
    [_values setObject:@"" forKey:@"commandLine"];
    return self;
}

VZ_SETTER(NSString *, setCommandLine, @"commandLine")

- (void)setInitialRamdiskURL:(NSURL *)url {
    VZDoubleRequireFile(url, @"The initial RAM disk");
    [_values setObject:[url path] forKey:@"initialRamdisk"];
}

- (NSError *)problem {
    if (VZDoubleIsResolved([_values objectForKey:@"kernel"])) {
        return nil;
    }
    NSError *missing = VZDoublePosixError(ENOENT, @"No such file or directory");
    NSError *failed = VZDoubleInvalidConfiguration(@"Failed to open the kernel file.", missing);
    return VZDoubleInvalidConfiguration(@"The boot loader is invalid.", failed);
}

@end

@implementation VZEFIBootLoader
VZ_SETTER(VZEFIVariableStore *, setVariableStore, @"variableStore")
@end

@implementation VZEFIVariableStore
VZ_ROOT_METHODS

- (instancetype)initWithURL:(NSURL *)url {
    self = [self init];
    VZDoubleRequireFile(url, @"The EFI variable store");
    [_values setObject:[url path] forKey:@"path"];
    return self;
}

- (instancetype)initCreatingVariableStoreAtURL:(NSURL *)url options:(NSUInteger)options error:(NSError **)error {
    (void)options;
    if ([[NSFileManager defaultManager] fileExistsAtPath:[url path]]) {
        *error = VZDoublePosixError(EEXIST, @"File exists");
        [self release];
        return nil;
    }
    if (![[NSData dataWithContentsOfFile:VZ_DOUBLE_VARIABLES] writeToFile:[url path] atomically:NO]) {
        *error = VZDoublePosixError(EIO, @"Input/output error");
        [self release];
        return nil;
    }
    return [self initWithURL:url];
}
@end

@implementation VZGenericMachineIdentifier
VZ_ROOT_METHODS

- (instancetype)initWithDataRepresentation:(NSData *)dataRepresentation {
    self = [self init];
    if ([dataRepresentation length] != 16) {
        [self release];
        return nil;
    }
    [_values setObject:dataRepresentation forKey:@"data"];
    return self;
}

- (NSData *)dataRepresentation {
    if ([_values objectForKey:@"data"] == nil) {
        uint32_t random[4] = {arc4random(), arc4random(), arc4random(), arc4random()};
        [_values setObject:[NSData dataWithBytes:random length:sizeof random] forKey:@"data"];
    }
    return [_values objectForKey:@"data"];
}
@end

@implementation VZPlatformConfiguration
VZ_ROOT_METHODS
@end

@implementation VZGenericPlatformConfiguration
VZ_SETTER(VZGenericMachineIdentifier *, setMachineIdentifier, @"machineIdentifier")
@end

#pragma mark - Consoles

@implementation VZSerialPortAttachment
VZ_ROOT_METHODS
@end

@implementation VZFileHandleSerialPortAttachment
- (instancetype)initWithFileHandleForReading:(NSFileHandle *)reading fileHandleForWriting:(NSFileHandle *)writing {
    self = [self init];
    [_values setObject:reading forKey:@"reading"];
    [_values setObject:writing forKey:@"writing"];
    return self;
}
@end

@implementation VZSerialPortConfiguration
VZ_ROOT_METHODS
VZ_SETTER(VZSerialPortAttachment *, setAttachment, @"attachment")
@end

@implementation VZVirtioConsoleDeviceSerialPortConfiguration
@end

@implementation VZConsolePortConfiguration
VZ_ROOT_METHODS
VZ_SETTER(VZSerialPortAttachment *, setAttachment, @"attachment")
@end

@implementation VZVirtioConsolePortConfiguration
VZ_SETTER(NSString *, setName, @"name")
@end

@implementation VZVirtioConsolePortConfigurationArray
VZ_ROOT_METHODS

- (void)setObject:(VZVirtioConsolePortConfiguration *)configuration atIndexedSubscript:(NSUInteger)portIndex {
    [_values setObject:configuration forKey:[NSNumber numberWithUnsignedInteger:portIndex]];
}
@end

@implementation VZConsoleDeviceConfiguration
VZ_ROOT_METHODS
@end

@implementation VZVirtioConsoleDeviceConfiguration
- (VZVirtioConsolePortConfigurationArray *)ports {
    if ([_values objectForKey:@"ports"] == nil) {
        [_values setObject:[[[VZVirtioConsolePortConfigurationArray alloc] init] autorelease] forKey:@"ports"];
    }
    return [_values objectForKey:@"ports"];
}
@end

#pragma mark - Disks

@implementation VZStorageDeviceAttachment
VZ_ROOT_METHODS
@end

@implementation VZDiskImageStorageDeviceAttachment

- (instancetype)initWithURL:(NSURL *)url
                   readOnly:(BOOL)readOnly
                cachingMode:(VZDiskImageCachingMode)cachingMode
        synchronizationMode:(VZDiskImageSynchronizationMode)synchronizationMode
                      error:(NSError **)error {
    self = [self init];
    if (!VZDoubleIsResolved([url path])) {
        *error = VZDoublePosixError(45, @"Operation not supported");
        [self release];
        return nil;
    }
    [_values setObject:[url path] forKey:@"file"];
    [_values setObject:[NSNumber numberWithBool:readOnly] forKey:@"readOnly"];
    [_values setObject:[NSNumber numberWithInteger:cachingMode] forKey:@"cachingMode"];
    [_values setObject:[NSNumber numberWithInteger:synchronizationMode] forKey:@"synchronizationMode"];
    return self;
}

/* An image consists of whole sectors, and is readable, and writable unless it is attached read-only. */
- (BOOL)isUsable {
    NSString *path = [_values objectForKey:@"file"];
    NSDictionary *attributes = [[NSFileManager defaultManager] fileAttributesAtPath:path traverseLink:YES];
    int wanted = [[_values objectForKey:@"readOnly"] boolValue] ? R_OK : R_OK | W_OK;
    return [attributes fileSize] > 0 && [attributes fileSize] % 512 == 0 && access([path fileSystemRepresentation], wanted) == 0;
}
@end

@implementation VZStorageDeviceConfiguration
VZ_ROOT_METHODS
@end

@implementation VZVirtioBlockDeviceConfiguration

- (instancetype)initWithAttachment:(VZStorageDeviceAttachment *)attachment {
    self = [self init];
    [_values setObject:attachment forKey:@"attachment"];
    return self;
}

+ (BOOL)validateBlockDeviceIdentifier:(NSString *)identifier error:(NSError **)error {
    NSData *ascii = [identifier dataUsingEncoding:NSASCIIStringEncoding];
    if (ascii == nil || [ascii length] > 20) {
        *error = VZDoubleInvalidConfiguration(@"The block device identifier is invalid." /* the double's own */, nil);
        return NO;
    }
    return YES;
}

VZ_SETTER(NSString *, setBlockDeviceIdentifier, @"identifier")
@end

#pragma mark - Networks

@implementation VZMACAddress
VZ_ROOT_METHODS

- (instancetype)initWithString:(NSString *)string {
    self = [self init];
    unsigned bytes[6];
    char rest;
    if (sscanf([string UTF8String], "%2x:%2x:%2x:%2x:%2x:%2x%c", &bytes[0], &bytes[1], &bytes[2], &bytes[3], &bytes[4], &bytes[5],
               &rest) != 6) {
        [self release];
        return nil;
    }
    [_values setObject:string forKey:@"string"];
    return self;
}
@end

@implementation VZNetworkDeviceAttachment
VZ_ROOT_METHODS
@end

@implementation VZNATNetworkDeviceAttachment
@end

@implementation VZNetworkDeviceConfiguration
VZ_ROOT_METHODS
VZ_SETTER(VZMACAddress *, setMACAddress, @"address")
VZ_SETTER(VZNetworkDeviceAttachment *, setAttachment, @"attachment")
@end

@implementation VZVirtioNetworkDeviceConfiguration
@end

#pragma mark - Shared directories

@implementation VZSharedDirectory
VZ_ROOT_METHODS

- (instancetype)initWithURL:(NSURL *)url readOnly:(BOOL)readOnly {
    self = [self init];
    VZDoubleRequireFile(url, @"The shared directory");
    [_values setObject:[url path] forKey:@"path"];
    [_values setObject:[NSNumber numberWithBool:readOnly] forKey:@"readOnly"];
    return self;
}
@end

@implementation VZDirectoryShare
VZ_ROOT_METHODS
@end

@implementation VZSingleDirectoryShare
- (instancetype)initWithDirectory:(VZSharedDirectory *)directory {
    self = [self init];
    [_values setObject:directory forKey:@"directory"];
    return self;
}
@end

@implementation VZMultipleDirectoryShare
- (instancetype)initWithDirectories:(NSDictionary *)directories {
    self = [self init];
    [_values setObject:directories forKey:@"directories"];
    return self;
}

+ (BOOL)validateName:(NSString *)name error:(NSError **)error {
    if ([name length] == 0 || [name rangeOfString:@"/"].location != NSNotFound) {
        *error = VZDoubleInvalidConfiguration(@"The directory name is invalid." /* the double's own */, nil);
        return NO;
    }
    return YES;
}
@end

@implementation VZDirectorySharingDeviceConfiguration
VZ_ROOT_METHODS
@end

@implementation VZVirtioFileSystemDeviceConfiguration
- (instancetype)initWithTag:(NSString *)tag {
    self = [self init];
    [_values setObject:tag forKey:@"tag"];
    return self;
}

/* virtio: the tag has 36 bytes. */
+ (BOOL)validateTag:(NSString *)tag error:(NSError **)error {
    if ([tag length] == 0 || strlen([tag UTF8String]) > 36) {
        *error = VZDoubleInvalidConfiguration(@"The tag is invalid." /* the double's own */, nil);
        return NO;
    }
    return YES;
}

VZ_SETTER(VZDirectoryShare *, setShare, @"share")
@end

#pragma mark - Small devices

@implementation VZEntropyDeviceConfiguration
VZ_ROOT_METHODS
@end

@implementation VZVirtioEntropyDeviceConfiguration
@end

@implementation VZMemoryBalloonDeviceConfiguration
VZ_ROOT_METHODS
@end

@implementation VZVirtioTraditionalMemoryBalloonDeviceConfiguration
@end

#pragma mark - The whole

@implementation VZVirtualMachineConfiguration
VZ_ROOT_METHODS
VZ_SETTER(VZBootLoader *, setBootLoader, @"bootLoader")
VZ_SETTER(VZPlatformConfiguration *, setPlatform, @"platform")
VZ_SETTER(NSArray *, setConsoleDevices, @"consoleDevices")
VZ_SETTER(NSArray *, setDirectorySharingDevices, @"directorySharingDevices")
VZ_SETTER(NSArray *, setEntropyDevices, @"entropyDevices")
VZ_SETTER(NSArray *, setMemoryBalloonDevices, @"memoryBalloonDevices")
VZ_SETTER(NSArray *, setNetworkDevices, @"networkDevices")
VZ_SETTER(NSArray *, setSerialPorts, @"serialPorts")
VZ_SETTER(NSArray *, setStorageDevices, @"storageDevices")

- (void)setMemorySize:(uint64_t)memorySize {
    [_values setObject:[NSNumber numberWithUnsignedLongLong:memorySize] forKey:@"memorySize"];
}

- (void)setCPUCount:(NSUInteger)cpuCount {
    [_values setObject:[NSNumber numberWithUnsignedInteger:cpuCount] forKey:@"cpuCount"];
}

+ (uint64_t)minimumAllowedMemorySize {
    return 4 * MiB;
}

+ (uint64_t)maximumAllowedMemorySize {
    struct sysinfo information;
    sysinfo(&information);
    return (uint64_t)information.totalram * information.mem_unit / MiB * MiB;
}

+ (NSUInteger)minimumAllowedCPUCount {
    return 1;
}

+ (NSUInteger)maximumAllowedCPUCount {
    return (NSUInteger)sysconf(_SC_NPROCESSORS_ONLN);
}

- (BOOL)validateWithError:(NSError **)error {
    *error = [self problem];
    return *error == nil;
}

- (NSError *)problem {
    if (!has("VZ_DOUBLE_ENTITLED")) {
        return VZDoubleInvalidConfiguration(@"The process doesn’t have the “com.apple.security.virtualization” entitlement.", nil);
    }
    if (!has("VZ_DOUBLE_SUPPORTED")) {
        return VZDoubleInvalidConfiguration(@"Virtualization is not available on this hardware.", nil);
    }
    NSError *problem = [[_values objectForKey:@"bootLoader"] problem];
    if (problem != nil) {
        return problem;
    }
    NSUInteger cpus = [[_values objectForKey:@"cpuCount"] unsignedIntegerValue];
    if (cpus < [[self class] minimumAllowedCPUCount] || cpus > [[self class] maximumAllowedCPUCount]) {
        return VZDoubleInvalidConfiguration(@"The CPU count is invalid." /* the double's own */, nil);
    }
    uint64_t memory = [[_values objectForKey:@"memorySize"] unsignedLongLongValue];
    if (memory < [[self class] minimumAllowedMemorySize] || memory > [[self class] maximumAllowedMemorySize] || memory % MiB != 0) {
        return VZDoubleInvalidConfiguration(@"The memory size is invalid." /* the double's own */, nil);
    }
    return [self problemOfDisks];
}

- (NSError *)problemOfDisks {
    for (id device in [_values objectForKey:@"storageDevices"]) {
        id attachment = VZDoubleValue(device, @"attachment");
        if ([attachment respondsToSelector:@selector(isUsable)] && ![attachment isUsable]) {
            return VZDoubleInvalidConfiguration(@"The storage device attachment is invalid.", nil);
        }
    }
    return nil;
}

- (BOOL)validateSaveRestoreSupportWithError:(NSError **)error {
    if ([[_values objectForKey:@"directorySharingDevices"] count] == 0) {
        return YES;
    }
    *error = VZDoubleInvalidConfiguration(@"The configuration can't be saved with shared directories." /* the double's own */, nil);
    return NO;
}
@end
