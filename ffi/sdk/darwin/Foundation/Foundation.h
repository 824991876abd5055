/*
 * The part of Foundation that snapvm uses. A Linux machine without an Apple SDK builds the library for macOS with it: see
 * ../../Virtualization/Virtualization.h. Source: https://developer.apple.com/documentation/foundation.
 */
#ifndef FOUNDATION_FOUNDATION_H
#define FOUNDATION_FOUNDATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* From <objc/objc.h>: BOOL is bool on Apple silicon and signed char on Intel. */
#if defined(__arm64__)
typedef bool BOOL;
#else
typedef signed char BOOL;
#endif
#define YES __objc_yes
#define NO __objc_no
#define nil ((id)0)
#define Nil ((Class)0)

typedef long NSInteger;
typedef unsigned long NSUInteger;
#define NS_ENUM(type, name) enum name : type name; enum name : type

@class NSString, NSMethodSignature, NSInvocation;

@protocol NSObject
- (id)retain;
- (oneway void)release;
- (id)autorelease;
- (Class)class;
- (BOOL)isKindOfClass:(Class)kind;
- (BOOL)respondsToSelector:(SEL)selector;
@end

/* <objc/NSObject.h> */
__attribute__((objc_root_class))
@interface NSObject <NSObject> {
    Class isa;
}
+ (void)initialize;
+ (id)alloc;
+ (Class)class;
+ (BOOL)instancesRespondToSelector:(SEL)selector;
- (instancetype)init;
- (void)dealloc;
@end

/* `for … in` needs this. */
typedef struct {
    unsigned long state;
    id *itemsPtr;
    unsigned long *mutationsPtr;
    unsigned long extra[5];
} NSFastEnumerationState;

@protocol NSFastEnumeration
- (NSUInteger)countByEnumeratingWithState:(NSFastEnumerationState *)state objects:(id *)buffer count:(NSUInteger)length;
@end

@interface NSData : NSObject
+ (instancetype)data;
+ (instancetype)dataWithBytes:(const void *)bytes length:(NSUInteger)length;
- (instancetype)initWithBase64EncodedString:(NSString *)string options:(NSUInteger)options;
- (NSString *)base64EncodedStringWithOptions:(NSUInteger)options;
- (const void *)bytes;
- (NSUInteger)length;
@end

@interface NSString : NSObject
+ (instancetype)stringWithFormat:(NSString *)format, ... __attribute__((format(__NSString__, 1, 2)));
+ (instancetype)stringWithUTF8String:(const char *)bytes;
- (BOOL)isEqualToString:(NSString *)other;
- (const char *)fileSystemRepresentation;
- (NSUInteger)length;
- (NSString *)substringToIndex:(NSUInteger)index;
- (NSData *)dataUsingEncoding:(NSUInteger)encoding;
- (NSInteger)compare:(NSString *)other;
@end

enum { NSUTF8StringEncoding = 4 };

/* The class of a string literal. */
@interface NSConstantString : NSString
@end

@interface NSArray : NSObject <NSFastEnumeration>
+ (instancetype)arrayWithObject:(id)object;
- (NSUInteger)count;
- (id)objectAtIndex:(NSUInteger)index;
- (NSString *)componentsJoinedByString:(NSString *)separator;
- (NSArray *)sortedArrayUsingSelector:(SEL)comparator;
@end

@interface NSMutableArray : NSArray
+ (instancetype)array;
- (void)addObject:(id)object;
- (void)removeObjectAtIndex:(NSUInteger)index;
@end

@interface NSDictionary : NSObject <NSFastEnumeration>
+ (instancetype)dictionaryWithObject:(id)object forKey:(id)key;
+ (instancetype)dictionaryWithObjectsAndKeys:(id)firstObject, ... __attribute__((sentinel(0, 1)));
- (id)objectForKey:(id)key;
- (NSArray *)allKeys;
@end

@interface NSMutableDictionary : NSDictionary
+ (instancetype)dictionary;
- (void)setObject:(id)object forKey:(id)key;
- (void)removeObjectForKey:(id)key;
@end

@interface NSNull : NSObject
+ (NSNull *)null;
@end

@interface NSNumber : NSObject
+ (NSNumber *)numberWithBool:(BOOL)value;
+ (NSNumber *)numberWithInteger:(NSInteger)value;
+ (NSNumber *)numberWithUnsignedInt:(unsigned int)value;
+ (NSNumber *)numberWithUnsignedInteger:(NSUInteger)value;
+ (NSNumber *)numberWithUnsignedLongLong:(unsigned long long)value;
- (BOOL)boolValue;
- (double)doubleValue;
- (NSInteger)integerValue;
- (unsigned int)unsignedIntValue;
- (NSUInteger)unsignedIntegerValue;
- (unsigned long long)unsignedLongLongValue;
@end

@interface NSURL : NSObject
+ (NSURL *)fileURLWithPath:(NSString *)path;
@end

@interface NSError : NSObject
+ (instancetype)errorWithDomain:(NSString *)domain code:(NSInteger)code userInfo:(NSDictionary *)userInfo;
- (NSString *)domain;
- (NSInteger)code;
- (NSDictionary *)userInfo;
- (NSString *)localizedDescription;
@end

__attribute__((objc_exception))
@interface NSException : NSObject
- (NSString *)name;
- (NSString *)reason;
@end

@interface NSFileHandle : NSObject
- (instancetype)initWithFileDescriptor:(int)descriptor closeOnDealloc:(BOOL)close;
- (int)fileDescriptor;
@end

@interface NSCondition : NSObject
- (void)lock;
- (void)unlock;
- (void)wait;
- (void)signal;
@end

@interface NSJSONSerialization : NSObject
+ (id)JSONObjectWithData:(NSData *)data options:(NSUInteger)options error:(NSError **)error;
+ (NSData *)dataWithJSONObject:(id)object options:(NSUInteger)options error:(NSError **)error;
@end

@interface NSProcessInfo : NSObject
+ (NSProcessInfo *)processInfo;
- (NSString *)operatingSystemVersionString;
@end

Class NSClassFromString(NSString *name);

#endif
