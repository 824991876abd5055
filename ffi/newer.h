/*
 * What is newer than macOS 13 or exists on Apple silicon only. It is looked up by name at run time, so that one library
 * loads on every macOS since 13 and builds with every SDK since then. The protocols only carry declarations; no class
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

/* VZLinuxRosettaDirectoryShare, or Nil if this macOS does not have it. */
Class SnapvmRosettaClass(void);

/* An error about something that this macOS lacks: "Saving … needs macOS 14 …; this is macOS 13.5." */
NSError *SnapvmMissingError(NSString *what, NSString *needed);
