/* Reading the configuration's JSON. Every member has to be there: nothing has a default here. */
#import <Foundation/Foundation.h>

/* The object that the bytes hold, or nil and an error. */
NSDictionary *SnapvmParseObject(NSData *json, NSError **error);

/* The member of that name and class, or nil and an error that names it. */
id SnapvmMember(NSDictionary *object, NSString *name, Class kind, NSError **error);

/* Whether the member is there and null. */
BOOL SnapvmIsNull(NSDictionary *object, NSString *name);

/* The member as a file URL. */
NSURL *SnapvmFileMember(NSDictionary *object, NSString *name, NSError **error);
