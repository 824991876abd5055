/* Shared by the files of the double. */
#import <Foundation/Foundation.h>
#import <Virtualization/Virtualization.h>

/*
 * The methods of a class that declares VZ_INSTANCE_VARIABLES itself: its properties are in `_values`.
 */
#define VZ_ROOT_METHODS_WITHOUT_DEALLOC                                                                                         \
    -(instancetype)init {                                                                                                      \
        self = [super init];                                                                                                   \
        _values = [[NSMutableDictionary alloc] init];                                                                          \
        return self;                                                                                                           \
    }                                                                                                                          \
    -(NSMutableDictionary *)values {                                                                                           \
        return _values;                                                                                                        \
    }

#define VZ_ROOT_METHODS                                                                                                        \
    VZ_ROOT_METHODS_WITHOUT_DEALLOC                                                                                            \
    -(void)dealloc {                                                                                                           \
        [_values release];                                                                                                     \
        [super dealloc];                                                                                                       \
    }

/* The setter of a property that is an object or nil. */
#define VZ_SETTER(type, setter, name)                                                                                          \
    -(void)setter : (type)value {                                                                                              \
        [_values setValue:value forKey:name];                                                                                  \
    }

/* EFI firmware and empty variables, from Debian's package ovmf. */
#define VZ_DOUBLE_FIRMWARE @"/usr/share/OVMF/OVMF_CODE_4M.fd"
#define VZ_DOUBLE_VARIABLES @"/usr/share/OVMF/OVMF_VARS_4M.fd"

/* A property of an object of the double. */
id VZDoubleValue(id object, NSString *name);

/* An error of VZErrorDomain. `underlying` may be nil. */
NSError *VZDoubleError(NSInteger code, NSString *failure, NSString *reason, NSError *underlying);

/* An error of NSPOSIXErrorDomain. */
NSError *VZDoublePosixError(int number, NSString *words);

/* The error of validateWithError:. */
NSError *VZDoubleInvalidConfiguration(NSString *reason, NSError *underlying);

/* Raises the framework's exception for a path that does not exist. */
void VZDoubleRequireFile(NSURL *url, NSString *what);

/* Whether the path exists and contains no link: the framework "cannot deal with paths that contain symlinks". */
BOOL VZDoubleIsResolved(NSString *path);
