/* From JSON to a VZVirtualMachineConfiguration. */
#import <Virtualization/Virtualization.h>

@interface SnapvmConfiguration : NSObject {
    VZVirtualMachineConfiguration *_machine;
    NSMutableDictionary *_networkDisks;
}

/* What the framework takes. */
@property (readonly, retain) VZVirtualMachineConfiguration *machine;

/* The attachments of NBD disks by the disks' serials: they have a delegate of their own. */
@property (readonly, retain) NSDictionary *networkDisks;

/* Builds everything that the JSON names; nil and an error when something is missing or refused. Validates nothing. */
+ (SnapvmConfiguration *)configurationWithJSON:(NSData *)json error:(NSError **)error;

@end
