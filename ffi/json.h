/* Reads the configuration's JSON. Every member must be present: there are no defaults here. */
#import <Foundation/Foundation.h>

/* The object that the bytes encode, or nil and an error. */
NSDictionary *SnapvmParseObject(NSData *json, NSError **error);

/* The member, which must be of the class, or nil and an error that names it. A string must be text (SnapvmIsText). */
id SnapvmMember(NSDictionary *object, NSString *name, Class kind, NSError **error);

/* The member as a whole number that is not negative. */
NSNumber *SnapvmCountMember(NSDictionary *object, NSString *name, NSError **error);

/* The member as an array of objects. */
NSArray *SnapvmObjectsMember(NSDictionary *object, NSString *name, NSError **error);

/* Whether C gets the whole string: it has no half of a surrogate pair, and no zero, where C would end it. */
BOOL SnapvmIsText(NSString *string);

/* Whether the member is present and null. */
BOOL SnapvmIsNull(NSDictionary *object, NSString *name);

/* The member as a file URL. */
NSURL *SnapvmFileMember(NSDictionary *object, NSString *name, NSError **error);
