#import "json.h"

#import "errors.h"

#include <string.h>

/* Numbers in JSON are exact up to here. */
static const double MAX_COUNT = 9007199254740991;

NSDictionary *SnapvmParseObject(NSData *json, NSError **error) {
    id value = [NSJSONSerialization JSONObjectWithData:json options:0 error:error];
    if (value == nil && *error == nil) {
        *error = SnapvmMakeError(@"The configuration is not JSON.");
    }
    if (value != nil && ![value isKindOfClass:[NSDictionary class]]) {
        *error = SnapvmMakeError(@"The configuration is not a JSON object.");
        return nil;
    }
    return value;
}

static NSError *wrongKind(NSString *name) {
    return SnapvmMakeError([NSString stringWithFormat:@"The configuration's \"%@\" is of the wrong kind.", name]);
}

id SnapvmMember(NSDictionary *object, NSString *name, Class kind, NSError **error) {
    id value = [object objectForKey:name];
    if (value == nil) {
        *error = SnapvmMakeError([NSString stringWithFormat:@"The configuration has no \"%@\".", name]);
        return nil;
    }
    if (![value isKindOfClass:kind] || (kind == [NSString class] && !SnapvmIsText(value))) {
        *error = wrongKind(name);
        return nil;
    }
    return value;
}

NSNumber *SnapvmCountMember(NSDictionary *object, NSString *name, NSError **error) {
    NSNumber *number = SnapvmMember(object, name, [NSNumber class], error);
    double value = [number doubleValue];
    if (number != nil && !(value >= 0 && value <= MAX_COUNT && value == (double)(uint64_t)value)) {
        *error = wrongKind(name);
        return nil;
    }
    return number;
}

NSArray *SnapvmObjectsMember(NSDictionary *object, NSString *name, NSError **error) {
    NSArray *array = SnapvmMember(object, name, [NSArray class], error);
    for (id element in array) {
        if (![element isKindOfClass:[NSDictionary class]]) {
            *error = wrongKind(name);
            return nil;
        }
    }
    return array;
}

BOOL SnapvmIsText(NSString *string) {
    NSData *bytes = [string dataUsingEncoding:NSUTF8StringEncoding];
    return bytes != nil && memchr([bytes bytes], 0, [bytes length]) == NULL;
}

BOOL SnapvmIsNull(NSDictionary *object, NSString *name) {
    return [object objectForKey:name] == [NSNull null];
}

NSURL *SnapvmFileMember(NSDictionary *object, NSString *name, NSError **error) {
    NSString *path = SnapvmMember(object, name, [NSString class], error);
    return path == nil ? nil : [NSURL fileURLWithPath:path];
}
