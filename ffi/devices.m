#import "devices.h"

#import "errors.h"
#import "json.h"
#import "newer.h"
#import "sockets.h"

/* Looks up the member's number in a table from words to numbers. -1 and an error that lists the words if it is not there. */
static NSInteger translate(NSDictionary *object, NSString *name, NSDictionary *table, NSError **error) {
    NSString *word = SnapvmMember(object, name, [NSString class], error);
    if (word == nil) {
        return -1;
    }
    NSNumber *value = [table objectForKey:word];
    if (value == nil) {
        NSArray *words = [[table allKeys] sortedArrayUsingSelector:@selector(compare:)];
        *error = SnapvmMakeError([NSString stringWithFormat:@"The configuration's \"%@\" is \"%@\" and not one of: %@.", name, word,
                                                            [words componentsJoinedByString:@", "]]);
        return -1;
    }
    return [value integerValue];
}

static NSDictionary *cachingModes(void) {
    return [NSDictionary dictionaryWithObjectsAndKeys:[NSNumber numberWithInteger:VZDiskImageCachingModeCached], @"cached",
                                                      [NSNumber numberWithInteger:VZDiskImageCachingModeUncached], @"uncached", nil];
}

static NSDictionary *synchronizationModes(void) {
    return [NSDictionary dictionaryWithObjectsAndKeys:[NSNumber numberWithInteger:VZDiskImageSynchronizationModeFull], @"full",
                                                      [NSNumber numberWithInteger:VZDiskImageSynchronizationModeFsync], @"fsync",
                                                      [NSNumber numberWithInteger:VZDiskImageSynchronizationModeNone], @"none", nil];
}

static VZStorageDeviceAttachment *makeImageAttachment(NSDictionary *disk, BOOL readOnly, NSError **error) {
    NSURL *url = SnapvmFileMember(disk, @"path", error);
    if (url == nil) {
        return nil;
    }
    NSInteger caching = translate(disk, @"caching", cachingModes(), error);
    if (caching < 0) {
        return nil;
    }
    NSInteger synchronization = translate(disk, @"synchronization", synchronizationModes(), error);
    if (synchronization < 0) {
        return nil;
    }
    return [[[VZDiskImageStorageDeviceAttachment alloc] initWithURL:url
                                                           readOnly:readOnly
                                                        cachingMode:(VZDiskImageCachingMode)caching
                                                synchronizationMode:(VZDiskImageSynchronizationMode)synchronization
                                                              error:error] autorelease];
}

VZStorageDeviceConfiguration *SnapvmMakeDisk(NSDictionary *disk, NSError **error) {
    NSString *kind = SnapvmMember(disk, @"kind", [NSString class], error);
    NSString *serial = kind == nil ? nil : SnapvmMember(disk, @"serial", [NSString class], error);
    NSNumber *readOnly = serial == nil ? nil : SnapvmMember(disk, @"readOnly", [NSNumber class], error);
    if (readOnly == nil || ![VZVirtioBlockDeviceConfiguration validateBlockDeviceIdentifier:serial error:error]) {
        return nil;
    }
    if (![kind isEqualToString:@"image"]) {
        *error = SnapvmMakeError([NSString stringWithFormat:@"There is no kind of disk \"%@\".", kind]);
        return nil;
    }
    VZStorageDeviceAttachment *attachment = makeImageAttachment(disk, [readOnly boolValue], error);
    if (attachment == nil) {
        return nil;
    }
    VZVirtioBlockDeviceConfiguration *device =
        [[[VZVirtioBlockDeviceConfiguration alloc] initWithAttachment:attachment] autorelease];
    [device setBlockDeviceIdentifier:serial];
    return device;
}

VZNetworkDeviceConfiguration *SnapvmMakeNetwork(NSDictionary *network, NSError **error) {
    NSString *text = SnapvmMember(network, @"macAddress", [NSString class], error);
    if (text == nil) {
        return nil;
    }
    VZMACAddress *address = [[[VZMACAddress alloc] initWithString:text] autorelease];
    if (address == nil) {
        *error = SnapvmMakeError([NSString stringWithFormat:@"\"%@\" is not a MAC address.", text]);
        return nil;
    }
    VZVirtioNetworkDeviceConfiguration *device = [[[VZVirtioNetworkDeviceConfiguration alloc] init] autorelease];
    [device setMACAddress:address];
    [device setAttachment:[[[VZNATNetworkDeviceAttachment alloc] init] autorelease]];
    return device;
}

static VZSharedDirectory *makeDirectory(NSDictionary *directory, NSError **error) {
    NSURL *url = SnapvmFileMember(directory, @"path", error);
    NSNumber *readOnly = url == nil ? nil : SnapvmMember(directory, @"readOnly", [NSNumber class], error);
    if (readOnly == nil) {
        return nil;
    }
    return [[[VZSharedDirectory alloc] initWithURL:url readOnly:[readOnly boolValue]] autorelease];
}

static VZDirectoryShare *makeMultipleShare(NSDictionary *directories, NSError **error) {
    NSMutableDictionary *shared = [NSMutableDictionary dictionary];
    for (NSString *name in directories) {
        NSDictionary *description = SnapvmMember(directories, name, [NSDictionary class], error);
        VZSharedDirectory *directory = description == nil ? nil : makeDirectory(description, error);
        if (directory != nil && !SnapvmIsText(name)) {
            *error = SnapvmMakeError(@"The name of a shared directory is not text.");
            return nil;
        }
        if (directory == nil || ![VZMultipleDirectoryShare validateName:name error:error]) {
            return nil;
        }
        [shared setObject:directory forKey:name];
    }
    return [[[VZMultipleDirectoryShare alloc] initWithDirectories:shared] autorelease];
}

static VZDirectorySharingDeviceConfiguration *makeShareDevice(NSString *tag, VZDirectoryShare *share, NSError **error) {
    if (![VZVirtioFileSystemDeviceConfiguration validateTag:tag error:error]) {
        return nil;
    }
    VZVirtioFileSystemDeviceConfiguration *device =
        [[[VZVirtioFileSystemDeviceConfiguration alloc] initWithTag:tag] autorelease];
    [device setShare:share];
    return device;
}

VZDirectorySharingDeviceConfiguration *SnapvmMakeShare(NSDictionary *description, NSError **error) {
    NSString *tag = SnapvmMember(description, @"tag", [NSString class], error);
    NSString *kind = tag == nil ? nil : SnapvmMember(description, @"kind", [NSString class], error);
    if (kind == nil) {
        return nil;
    }
    VZDirectoryShare *share = nil;
    if ([kind isEqualToString:@"single"]) {
        VZSharedDirectory *directory = makeDirectory(description, error);
        share = directory == nil ? nil : [[[VZSingleDirectoryShare alloc] initWithDirectory:directory] autorelease];
    } else if ([kind isEqualToString:@"multiple"]) {
        NSDictionary *directories = SnapvmMember(description, @"directories", [NSDictionary class], error);
        share = directories == nil ? nil : makeMultipleShare(directories, error);
    } else {
        *error = SnapvmMakeError([NSString stringWithFormat:@"There is no kind of share \"%@\".", kind]);
    }
    return share == nil ? nil : makeShareDevice(tag, share, error);
}

VZDirectorySharingDeviceConfiguration *SnapvmMakeRosettaShare(NSString *tag, NSError **error) {
    Class kind = SnapvmRosettaClass();
    if (kind == Nil) {
        *error = SnapvmMissingError(@"Rosetta in a guest", @"macOS 13 on Apple silicon");
        return nil;
    }
    id<SnapvmRosetta> share = [kind alloc];
    share = [(id)[share initWithError:error] autorelease];
    return share == nil ? nil : makeShareDevice(tag, (VZDirectoryShare *)share, error);
}

static VZSerialPortAttachment *makeSocketAttachment(NSString *socket, NSError **error) {
    NSFileHandle *reading = SnapvmConnect(socket, error);
    NSFileHandle *writing = reading == nil ? nil : SnapvmDuplicateHandle(reading, error);
    if (writing == nil) {
        return nil;
    }
    return [[[VZFileHandleSerialPortAttachment alloc] initWithFileHandleForReading:reading
                                                              fileHandleForWriting:writing] autorelease];
}

VZSerialPortConfiguration *SnapvmMakeConsole(NSString *socket, NSError **error) {
    VZSerialPortAttachment *attachment = makeSocketAttachment(socket, error);
    if (attachment == nil) {
        return nil;
    }
    VZVirtioConsoleDeviceSerialPortConfiguration *console =
        [[[VZVirtioConsoleDeviceSerialPortConfiguration alloc] init] autorelease];
    [console setAttachment:attachment];
    return console;
}

VZConsoleDeviceConfiguration *SnapvmMakePorts(NSArray *ports, NSError **error) {
    VZVirtioConsoleDeviceConfiguration *device = [[[VZVirtioConsoleDeviceConfiguration alloc] init] autorelease];
    NSUInteger index = 0;
    for (NSDictionary *description in ports) {
        NSString *name = SnapvmMember(description, @"name", [NSString class], error);
        NSString *socket = name == nil ? nil : SnapvmMember(description, @"socket", [NSString class], error);
        VZSerialPortAttachment *attachment = socket == nil ? nil : makeSocketAttachment(socket, error);
        if (attachment == nil) {
            return nil;
        }
        VZVirtioConsolePortConfiguration *port = [[[VZVirtioConsolePortConfiguration alloc] init] autorelease];
        [port setName:name];
        [port setAttachment:attachment];
        [[device ports] setObject:port atIndexedSubscript:index];
        index++;
    }
    return device;
}
