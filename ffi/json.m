#import "json.h"

#import "errors.h"

NSDictionary *SnapvmParseObject(NSData *json, NSError **error) {
    id value = [NSJSONSerialization JSONObjectWithData:json options:0 error:error];
    if (value != nil && ![value isKindOfClass:[NSDictionary class]]) {
        *error = SnapvmMakeError(@"The configuration is not a JSON object.");
        return nil;
    }
    return value;
}

id SnapvmMember(NSDictionary *object, NSString *name, Class kind, NSError **error) {
    id value = [object objectForKey:name];
    if ([value isKindOfClass:kind]) {
        return value;
    }
    NSString *words = value == nil ? @"The configuration has no \"%@\"." : @"The configuration's \"%@\" is of the wrong kind.";
    *error = SnapvmMakeError([NSString stringWithFormat:words, name]);
    return nil;
}

BOOL SnapvmIsNull(NSDictionary *object, NSString *name) {
    return [object objectForKey:name] == [NSNull null];
}

NSURL *SnapvmFileMember(NSDictionary *object, NSString *name, NSError **error) {
    NSString *path = SnapvmMember(object, name, [NSString class], error);
    return path == nil ? nil : [NSURL fileURLWithPath:path];
}
