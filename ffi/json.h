/* Reading the configuration's JSON. Every member has to be there: nothing has a default here. */
#import <Foundation/Foundation.h>

/* The object that the bytes hold, or nil and an error. */
NSDictionary *SnapvmParseObject(NSData *json, NSError **error);

/* The member of that name and class, or nil and an error that names it. A string is text that C can take (SnapvmIsText). */
id SnapvmMember(NSDictionary *object, NSString *name, Class kind, NSError **error);

/* The member as a number that is whole and not negative. */
NSNumber *SnapvmCountMember(NSDictionary *object, NSString *name, NSError **error);

/* The member as an array of objects. */
NSArray *SnapvmObjectsMember(NSDictionary *object, NSString *name, NSError **error);

/* Whether the string has neither half a character nor a zero in it, at which C would take it to end. */
BOOL SnapvmIsText(NSString *string);

/* Whether the member is there and null. */
BOOL SnapvmIsNull(NSDictionary *object, NSString *name);

/* The member as a file URL. */
NSURL *SnapvmFileMember(NSDictionary *object, NSString *name, NSError **error);
