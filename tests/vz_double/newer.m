/*
 * Features that not every Mac has. The library finds them by name, so they are not in the shared declarations. Tests choose them
 * through the environment: VZ_DOUBLE_MACOS=13 is a macOS without the features of 14, VZ_DOUBLE_NESTED=1 a processor that can
 * virtualize in the guest, VZ_DOUBLE_ROSETTA=FOLDER Apple silicon with Rosetta in that folder, or without Rosetta if it is empty.
 */
#import "double.h"

#include <stdlib.h>
#include <string.h>

static BOOL hasMacOS14(void) {
    const char *version = getenv("VZ_DOUBLE_MACOS");
    return version == NULL || atoi(version) >= 14;
}

/* Stands in for Foundation's, so that the library does not find a class that this Mac lacks. */
__attribute__((visibility("hidden"))) Class NSClassFromString(NSString *name) {
    BOOL missing = [name isEqualToString:@"VZLinuxRosettaDirectoryShare"] && getenv("VZ_DOUBLE_ROSETTA") == NULL;
    return missing ? Nil : objc_lookUpClass([name UTF8String]);
}

@implementation VZVirtualMachine (VZDoubleNewer)
+ (BOOL)instancesRespondToSelector:(SEL)selector {
    BOOL isNewer = sel_isEqual(selector, @selector(saveMachineStateToURL:completionHandler:));
    return (!isNewer || hasMacOS14()) && [super instancesRespondToSelector:selector];
}
@end

@implementation VZVirtualMachineConfiguration (VZDoubleNewer)
- (BOOL)respondsToSelector:(SEL)selector {
    BOOL isNewer = sel_isEqual(selector, @selector(validateSaveRestoreSupportWithError:));
    return (!isNewer || hasMacOS14()) && [super respondsToSelector:selector];
}
@end

@implementation VZGenericPlatformConfiguration (VZDoubleNewer)
+ (BOOL)isNestedVirtualizationSupported {
    return getenv("VZ_DOUBLE_NESTED") != NULL;
}

- (void)setNestedVirtualizationEnabled:(BOOL)enabled {
    [_values setObject:[NSNumber numberWithBool:enabled] forKey:@"nested"];
}
@end

@interface VZLinuxRosettaDirectoryShare : VZDirectoryShare
@end

@implementation VZLinuxRosettaDirectoryShare
/* VZLinuxRosettaAvailability: 1 is not installed, 2 is installed. */
+ (NSInteger)availability {
    return strlen(getenv("VZ_DOUBLE_ROSETTA")) == 0 ? 1 : 2;
}

- (instancetype)initWithError:(NSError **)error {
    self = [self init];
    if ([[self class] availability] != 2) {
        *error = VZDoubleInvalidConfiguration(@"Rosetta is not installed." /* the double's own */, nil);
        [self release];
        return nil;
    }
    NSURL *url = [NSURL fileURLWithPath:[NSString stringWithUTF8String:getenv("VZ_DOUBLE_ROSETTA")]];
    [_values setObject:[[[VZSharedDirectory alloc] initWithURL:url readOnly:YES] autorelease] forKey:@"directory"];
    return self;
}
@end
