#import "newer.h"

#import "errors.h"

BOOL SnapvmHasSaveRestore(void) {
    return [VZVirtualMachine instancesRespondToSelector:@selector(saveMachineStateToURL:completionHandler:)];
}

BOOL SnapvmHasNestedVirtualization(void) {
    id platform = [VZGenericPlatformConfiguration class];
    return [platform respondsToSelector:@selector(isNestedVirtualizationSupported)] &&
           [(id<SnapvmNestedVirtualization>)platform isNestedVirtualizationSupported];
}

Class SnapvmRosettaClass(void) {
    return NSClassFromString(@"VZLinuxRosettaDirectoryShare");
}

NSError *SnapvmMissingError(NSString *what, NSString *needed) {
    NSString *system = [[NSProcessInfo processInfo] operatingSystemVersionString];
    return SnapvmMakeError([NSString stringWithFormat:@"%@ needs %@; this is macOS %@.", what, needed, system]);
}
