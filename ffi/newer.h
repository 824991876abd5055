/*
 * What is newer than macOS 13, or only there on Apple silicon: looked up by name when it is asked for, so that one library
 * loads on every macOS since 13 and builds with every SDK since then. The protocols only carry the declarations; nothing
 * adopts them.
 */
#import <Virtualization/Virtualization.h>

/* VZVirtualMachine, macOS 14 on Apple silicon. */
@protocol SnapvmSaveRestore
- (void)saveMachineStateToURL:(NSURL *)url completionHandler:(void (^)(NSError *errorOrNil))completionHandler;
- (void)restoreMachineStateFromURL:(NSURL *)url completionHandler:(void (^)(NSError *errorOrNil))completionHandler;
@end

/* VZVirtualMachineConfiguration, macOS 14. */
@protocol SnapvmSaveRestoreValidation
- (BOOL)validateSaveRestoreSupportWithError:(NSError **)error;
@end

/* VZNetworkBlockDeviceStorageDeviceAttachment, macOS 14. */
@protocol SnapvmNetworkBlockDevice
- (id)initWithURL:(NSURL *)url
             timeout:(NSTimeInterval)timeout
      forcedReadOnly:(BOOL)forcedReadOnly
 synchronizationMode:(NSInteger)synchronizationMode
               error:(NSError **)error;
- (void)setDelegate:(id)delegate;
@end

/* VZGenericPlatformConfiguration, macOS 15; nestedVirtualizationSupported is a class property. */
@protocol SnapvmNestedVirtualization
- (BOOL)isNestedVirtualizationSupported;
- (void)setNestedVirtualizationEnabled:(BOOL)enabled;
@end

/* VZLinuxRosettaDirectoryShare, Apple silicon; availability is a class property. */
@protocol SnapvmRosetta
- (NSInteger)availability;
- (id)initWithError:(NSError **)error;
@end

BOOL SnapvmHasSaveRestore(void);
BOOL SnapvmHasNestedVirtualization(void);

/* The classes, or nil where this macOS has none. */
Class SnapvmNetworkBlockDeviceClass(void);
Class SnapvmRosettaClass(void);

/* The error for something that this macOS lacks: "Saving … needs macOS 14 …; this is macOS 13.5.". */
NSError *SnapvmMissingError(NSString *what, NSString *needed);
