/*
 * The part of Virtualization.framework's interface that snapvm uses, for builds without an Apple SDK: the library that Linux
 * builds for macOS, and the double that the tests run on. A build with Apple's SDK never sees this file.
 *
 * Source: https://developer.apple.com/documentation/virtualization. docs/macos.md says how the library was checked against
 * Apple's own headers.
 */
#ifndef VIRTUALIZATION_VIRTUALIZATION_H
#define VIRTUALIZATION_VIRTUALIZATION_H

#import <Foundation/Foundation.h>
#include <dispatch/dispatch.h>

/* The double keeps each object's properties in a dictionary. The framework's own instance variables are private. */
#ifdef VZ_DOUBLE
#define VZ_INSTANCE_VARIABLES { NSMutableDictionary *_values; }
#else
#define VZ_INSTANCE_VARIABLES
#endif

@class VZVirtualMachine, VZNetworkDevice;

/* Boot loaders */

@interface VZBootLoader : NSObject VZ_INSTANCE_VARIABLES
@end

@interface VZLinuxBootLoader : VZBootLoader
- (instancetype)initWithKernelURL:(NSURL *)kernelURL;
- (void)setCommandLine:(NSString *)commandLine;
- (void)setInitialRamdiskURL:(NSURL *)url;
@end

@interface VZEFIVariableStore : NSObject VZ_INSTANCE_VARIABLES
- (instancetype)initWithURL:(NSURL *)url;
- (instancetype)initCreatingVariableStoreAtURL:(NSURL *)url options:(NSUInteger)options error:(NSError **)error;
@end

@interface VZEFIBootLoader : VZBootLoader
- (void)setVariableStore:(VZEFIVariableStore *)variableStore;
@end

/* Platforms */

@interface VZGenericMachineIdentifier : NSObject VZ_INSTANCE_VARIABLES
- (instancetype)initWithDataRepresentation:(NSData *)dataRepresentation;
- (NSData *)dataRepresentation;
@end

@interface VZPlatformConfiguration : NSObject VZ_INSTANCE_VARIABLES
@end

@interface VZGenericPlatformConfiguration : VZPlatformConfiguration
- (void)setMachineIdentifier:(VZGenericMachineIdentifier *)machineIdentifier;
@end

/* Consoles */

@interface VZSerialPortAttachment : NSObject VZ_INSTANCE_VARIABLES
@end

@interface VZFileHandleSerialPortAttachment : VZSerialPortAttachment
- (instancetype)initWithFileHandleForReading:(NSFileHandle *)reading fileHandleForWriting:(NSFileHandle *)writing;
@end

@interface VZSerialPortConfiguration : NSObject VZ_INSTANCE_VARIABLES
- (void)setAttachment:(VZSerialPortAttachment *)attachment;
@end

@interface VZVirtioConsoleDeviceSerialPortConfiguration : VZSerialPortConfiguration
@end

@interface VZConsolePortConfiguration : NSObject VZ_INSTANCE_VARIABLES
- (void)setAttachment:(VZSerialPortAttachment *)attachment;
@end

@interface VZVirtioConsolePortConfiguration : VZConsolePortConfiguration
- (void)setName:(NSString *)name;
@end

@interface VZVirtioConsolePortConfigurationArray : NSObject VZ_INSTANCE_VARIABLES
- (void)setObject:(VZVirtioConsolePortConfiguration *)configuration atIndexedSubscript:(NSUInteger)portIndex;
@end

@interface VZConsoleDeviceConfiguration : NSObject VZ_INSTANCE_VARIABLES
@end

@interface VZVirtioConsoleDeviceConfiguration : VZConsoleDeviceConfiguration
- (VZVirtioConsolePortConfigurationArray *)ports;
@end

/* Disks */

typedef NS_ENUM(NSInteger, VZDiskImageCachingMode) {
    VZDiskImageCachingModeAutomatic = 0,
    VZDiskImageCachingModeUncached = 1,
    VZDiskImageCachingModeCached = 2,
};

typedef NS_ENUM(NSInteger, VZDiskImageSynchronizationMode) {
    VZDiskImageSynchronizationModeFull = 1,
    VZDiskImageSynchronizationModeFsync = 2,
    VZDiskImageSynchronizationModeNone = 3,
};

@interface VZStorageDeviceAttachment : NSObject VZ_INSTANCE_VARIABLES
@end

@interface VZDiskImageStorageDeviceAttachment : VZStorageDeviceAttachment
- (instancetype)initWithURL:(NSURL *)url
                   readOnly:(BOOL)readOnly
                cachingMode:(VZDiskImageCachingMode)cachingMode
        synchronizationMode:(VZDiskImageSynchronizationMode)synchronizationMode
                      error:(NSError **)error;
@end

@interface VZStorageDeviceConfiguration : NSObject VZ_INSTANCE_VARIABLES
@end

@interface VZVirtioBlockDeviceConfiguration : VZStorageDeviceConfiguration
- (instancetype)initWithAttachment:(VZStorageDeviceAttachment *)attachment;
+ (BOOL)validateBlockDeviceIdentifier:(NSString *)blockDeviceIdentifier error:(NSError **)error;
- (void)setBlockDeviceIdentifier:(NSString *)blockDeviceIdentifier;
@end

/* Networks */

@interface VZMACAddress : NSObject VZ_INSTANCE_VARIABLES
- (instancetype)initWithString:(NSString *)string;
@end

@interface VZNetworkDeviceAttachment : NSObject VZ_INSTANCE_VARIABLES
@end

@interface VZNATNetworkDeviceAttachment : VZNetworkDeviceAttachment
@end

@interface VZNetworkDeviceConfiguration : NSObject VZ_INSTANCE_VARIABLES
- (void)setMACAddress:(VZMACAddress *)address;
- (void)setAttachment:(VZNetworkDeviceAttachment *)attachment;
@end

@interface VZVirtioNetworkDeviceConfiguration : VZNetworkDeviceConfiguration
@end

/* Shared directories */

@interface VZSharedDirectory : NSObject VZ_INSTANCE_VARIABLES
- (instancetype)initWithURL:(NSURL *)url readOnly:(BOOL)readOnly;
@end

@interface VZDirectoryShare : NSObject VZ_INSTANCE_VARIABLES
@end

@interface VZSingleDirectoryShare : VZDirectoryShare
- (instancetype)initWithDirectory:(VZSharedDirectory *)directory;
@end

@interface VZMultipleDirectoryShare : VZDirectoryShare
- (instancetype)initWithDirectories:(NSDictionary *)directories;
+ (BOOL)validateName:(NSString *)name error:(NSError **)error;
@end

@interface VZDirectorySharingDeviceConfiguration : NSObject VZ_INSTANCE_VARIABLES
@end

@interface VZVirtioFileSystemDeviceConfiguration : VZDirectorySharingDeviceConfiguration
- (instancetype)initWithTag:(NSString *)tag;
+ (BOOL)validateTag:(NSString *)tag error:(NSError **)error;
- (void)setShare:(VZDirectoryShare *)share;
@end

/* Small devices */

@interface VZEntropyDeviceConfiguration : NSObject VZ_INSTANCE_VARIABLES
@end

@interface VZVirtioEntropyDeviceConfiguration : VZEntropyDeviceConfiguration
@end

@interface VZMemoryBalloonDeviceConfiguration : NSObject VZ_INSTANCE_VARIABLES
@end

@interface VZVirtioTraditionalMemoryBalloonDeviceConfiguration : VZMemoryBalloonDeviceConfiguration
@end

@interface VZMemoryBalloonDevice : NSObject VZ_INSTANCE_VARIABLES
@end

@interface VZVirtioTraditionalMemoryBalloonDevice : VZMemoryBalloonDevice
- (void)setTargetVirtualMachineMemorySize:(uint64_t)bytes;
@end

/* The machine */

@interface VZVirtualMachineConfiguration : NSObject VZ_INSTANCE_VARIABLES
- (void)setBootLoader:(VZBootLoader *)bootLoader;
- (void)setMemorySize:(uint64_t)memorySize;
- (void)setCPUCount:(NSUInteger)cpuCount;
- (void)setPlatform:(VZPlatformConfiguration *)platform;
- (void)setConsoleDevices:(NSArray *)devices;
- (void)setDirectorySharingDevices:(NSArray *)devices;
- (void)setEntropyDevices:(NSArray *)devices;
- (void)setMemoryBalloonDevices:(NSArray *)devices;
- (void)setNetworkDevices:(NSArray *)devices;
- (void)setSerialPorts:(NSArray *)ports;
- (void)setStorageDevices:(NSArray *)devices;
- (BOOL)validateWithError:(NSError **)error;
+ (uint64_t)minimumAllowedMemorySize;
+ (uint64_t)maximumAllowedMemorySize;
+ (NSUInteger)minimumAllowedCPUCount;
+ (NSUInteger)maximumAllowedCPUCount;
@end

typedef NS_ENUM(NSInteger, VZVirtualMachineState) {
    VZVirtualMachineStateStopped = 0,
    VZVirtualMachineStateRunning = 1,
    VZVirtualMachineStatePaused = 2,
    VZVirtualMachineStateError = 3,
    VZVirtualMachineStateStarting = 4,
    VZVirtualMachineStatePausing = 5,
    VZVirtualMachineStateResuming = 6,
    VZVirtualMachineStateStopping = 7,
    VZVirtualMachineStateSaving = 8,
    VZVirtualMachineStateRestoring = 9,
};

@protocol VZVirtualMachineDelegate <NSObject>
@optional
- (void)guestDidStopVirtualMachine:(VZVirtualMachine *)virtualMachine;
- (void)virtualMachine:(VZVirtualMachine *)virtualMachine didStopWithError:(NSError *)error;
- (void)virtualMachine:(VZVirtualMachine *)virtualMachine
                         networkDevice:(VZNetworkDevice *)networkDevice
    attachmentWasDisconnectedWithError:(NSError *)error;
@end

@interface VZVirtualMachine : NSObject VZ_INSTANCE_VARIABLES
- (instancetype)initWithConfiguration:(VZVirtualMachineConfiguration *)configuration queue:(dispatch_queue_t)queue;
+ (BOOL)isSupported;
- (VZVirtualMachineState)state;
- (void)setDelegate:(id<VZVirtualMachineDelegate>)delegate;
- (NSArray *)memoryBalloonDevices;
- (void)startWithCompletionHandler:(void (^)(NSError *errorOrNil))completionHandler;
- (void)stopWithCompletionHandler:(void (^)(NSError *errorOrNil))completionHandler;
- (void)pauseWithCompletionHandler:(void (^)(NSError *errorOrNil))completionHandler;
- (void)resumeWithCompletionHandler:(void (^)(NSError *errorOrNil))completionHandler;
- (BOOL)requestStopWithError:(NSError **)error;
@end

#endif
