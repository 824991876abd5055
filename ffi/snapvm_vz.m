#include "snapvm_vz.h"

#import "configuration.h"
#import "errors.h"
#import "events.h"
#import "machine.h"

#include <string.h>

#pragma mark - Entering

/* Copies as much of the text as fits, cut at the end of a character. */
static int32_t writeText(NSData *data, char *text, uint32_t capacity) {
    const char *bytes = [data bytes];
    NSUInteger length = [data length];
    if (length > capacity) {
        length = capacity;
        while (length > 0 && (bytes[length] & 0xC0) == 0x80) {
            length--;
        }
    }
    memcpy(text, bytes, length);
    return (int32_t)length;
}

/* An error always has words, because an answer of length 0 means success. */
static int32_t writeError(NSString *words, char *text, uint32_t capacity) {
    NSData *data = [words dataUsingEncoding:NSUTF8StringEncoding];
    if ([data length] == 0) {
        data = [@"the error has no words" dataUsingEncoding:NSUTF8StringEncoding];
    }
    return -writeText(data, text, capacity);
}

/*
 * Every function that can fail runs through here. The body returns the answer, or nil and an error.
 * No exception leaves this library: the caller could not catch it.
 */
static int32_t answer(char *text, uint32_t capacity, NSData * (^body)(NSError **error)) {
    @autoreleasepool {
        @try {
            NSError *error = nil;
            NSData *data = body(&error);
            return data != nil ? writeText(data, text, capacity) : writeError(SnapvmDescribeError(error), text, capacity);
        } @catch (NSException *exception) {
            return writeError(SnapvmDescribeException(exception), text, capacity);
        }
    }
}

/* Every function on a machine runs through here. */
static int32_t withMachine(uint32_t number, void (^body)(SnapvmMachine *machine)) {
    @autoreleasepool {
        @try {
            SnapvmMachine *machine = [SnapvmMachine machineWithNumber:number];
            if (machine == nil) {
                return -1;
            }
            body(machine);
            return 0;
        } @catch (NSException *exception) {
            (void)exception;
            return -1;
        }
    }
}

static NSData *writeJSON(NSDictionary *object, NSError **error) {
    return [NSJSONSerialization dataWithJSONObject:object options:0 error:error];
}

static NSData *encode(NSString *string) {
    return [string dataUsingEncoding:NSUTF8StringEncoding];
}

static VZVirtualMachineConfiguration *readConfiguration(const char *json, uint32_t length, NSError **error) {
    return SnapvmReadConfiguration([NSData dataWithBytes:json length:length], error);
}

#pragma mark - The host

uint32_t snapvm_vz_abi_version(void) {
    return SNAPVM_VZ_ABI_VERSION;
}

/* VZLinuxRosettaAvailability, in words. */
static NSString *rosettaAvailability(void) {
    id<SnapvmRosetta> rosetta = (id)SnapvmRosettaClass();
    switch (rosetta == nil ? 0 : [rosetta availability]) {
    case 2:
        return @"installed";
    case 1:
        return @"not-installed";
    default:
        return @"not-supported";
    }
}

int32_t snapvm_vz_host(char *text, uint32_t capacity) {
    return answer(text, capacity, ^(NSError **error) {
        NSMutableDictionary *host = [NSMutableDictionary dictionary];
        [host setObject:[[NSProcessInfo processInfo] operatingSystemVersionString] forKey:@"system"];
        [host setObject:[NSNumber numberWithBool:[VZVirtualMachine isSupported]] forKey:@"supported"];
        [host setObject:[NSNumber numberWithUnsignedInteger:[VZVirtualMachineConfiguration minimumAllowedCPUCount]] forKey:@"minimumCpus"];
        [host setObject:[NSNumber numberWithUnsignedInteger:[VZVirtualMachineConfiguration maximumAllowedCPUCount]] forKey:@"maximumCpus"];
        [host setObject:[NSNumber numberWithUnsignedLongLong:[VZVirtualMachineConfiguration minimumAllowedMemorySize]] forKey:@"minimumMemory"];
        [host setObject:[NSNumber numberWithUnsignedLongLong:[VZVirtualMachineConfiguration maximumAllowedMemorySize]] forKey:@"maximumMemory"];
        [host setObject:[NSNumber numberWithBool:SnapvmHasSaveRestore()] forKey:@"saveRestore"];
        [host setObject:[NSNumber numberWithBool:SnapvmHasNestedVirtualization()] forKey:@"nestedVirtualization"];
        [host setObject:rosettaAvailability() forKey:@"rosetta"];
        return writeJSON(host, error);
    });
}

int32_t snapvm_vz_machine_identifier(char *text, uint32_t capacity) {
    return answer(text, capacity, ^(NSError **error) {
        (void)error;
        VZGenericMachineIdentifier *identifier = [[[VZGenericMachineIdentifier alloc] init] autorelease];
        return encode([[identifier dataRepresentation] base64EncodedStringWithOptions:0]);
    });
}

int32_t snapvm_vz_create_variable_store(const char *path, char *text, uint32_t capacity) {
    return answer(text, capacity, ^NSData *(NSError **error) {
        NSURL *url = [NSURL fileURLWithPath:[NSString stringWithUTF8String:path]];
        VZEFIVariableStore *store = [[[VZEFIVariableStore alloc] initCreatingVariableStoreAtURL:url options:0 error:error] autorelease];
        return store == nil ? nil : [NSData data];
    });
}

#pragma mark - Machines

int32_t snapvm_vz_validate(const char *json, uint32_t length, char *text, uint32_t capacity) {
    return answer(text, capacity, ^NSData *(NSError **error) {
        id configuration = readConfiguration(json, length, error);
        if (configuration == nil || ![configuration validateWithError:error]) {
            return nil;
        }
        NSError *refusal = nil;
        BOOL newEnough = [configuration respondsToSelector:@selector(validateSaveRestoreSupportWithError:)];
        if (!newEnough || !SnapvmHasSaveRestore()) {
            refusal = SnapvmMissingError(@"Saving a virtual machine", @"macOS 14 on Apple silicon");
        } else if (![(id<SnapvmSaveRestoreValidation>)configuration validateSaveRestoreSupportWithError:&refusal] && refusal == nil) {
            refusal = SnapvmMakeError(@"The framework gave no reason.");
        }
        id verdict = refusal == nil ? (id)[NSNull null] : (id)SnapvmDescribeError(refusal);
        return writeJSON([NSDictionary dictionaryWithObject:verdict forKey:@"saveRestoreRefusal"], error);
    });
}

int32_t snapvm_vz_create(const char *json, uint32_t length, char *text, uint32_t capacity) {
    __block uint32_t number = 0;
    int32_t failure = answer(text, capacity, ^NSData *(NSError **error) {
        VZVirtualMachineConfiguration *configuration = readConfiguration(json, length, error);
        SnapvmMachine *machine =
            configuration == nil ? nil : [SnapvmMachine machineWithConfiguration:configuration error:error];
        number = [machine number];
        return machine == nil ? nil : [NSData data];
    });
    return failure < 0 ? failure : (int32_t)number;
}

int32_t snapvm_vz_release(uint32_t number) {
    return withMachine(number, ^(SnapvmMachine *machine) {
        [machine releaseEverything];
    });
}

int32_t snapvm_vz_start(uint32_t number, uint32_t request) {
    return withMachine(number, ^(SnapvmMachine *machine) {
        [machine perform:request operation:^(VZVirtualMachine *virtualMachine, SnapvmCompletion completion) {
            [virtualMachine startWithCompletionHandler:completion];
        }];
    });
}

int32_t snapvm_vz_request_stop(uint32_t number, uint32_t request) {
    return withMachine(number, ^(SnapvmMachine *machine) {
        [machine perform:request operation:^(VZVirtualMachine *virtualMachine, SnapvmCompletion completion) {
            NSError *error = SnapvmMakeError(@"The framework gave no reason.");
            completion([virtualMachine requestStopWithError:&error] ? nil : error);
        }];
    });
}

int32_t snapvm_vz_stop(uint32_t number, uint32_t request) {
    return withMachine(number, ^(SnapvmMachine *machine) {
        [machine perform:request operation:^(VZVirtualMachine *virtualMachine, SnapvmCompletion completion) {
            [virtualMachine stopWithCompletionHandler:completion];
        }];
    });
}

int32_t snapvm_vz_pause(uint32_t number, uint32_t request) {
    return withMachine(number, ^(SnapvmMachine *machine) {
        [machine perform:request operation:^(VZVirtualMachine *virtualMachine, SnapvmCompletion completion) {
            [virtualMachine pauseWithCompletionHandler:completion];
        }];
    });
}

int32_t snapvm_vz_resume(uint32_t number, uint32_t request) {
    return withMachine(number, ^(SnapvmMachine *machine) {
        [machine perform:request operation:^(VZVirtualMachine *virtualMachine, SnapvmCompletion completion) {
            [virtualMachine resumeWithCompletionHandler:completion];
        }];
    });
}

int32_t snapvm_vz_save(uint32_t number, uint32_t request, const char *path) {
    return withMachine(number, ^(SnapvmMachine *machine) {
        [machine save:request path:[NSString stringWithUTF8String:path]];
    });
}

int32_t snapvm_vz_restore(uint32_t number, uint32_t request, const char *path) {
    return withMachine(number, ^(SnapvmMachine *machine) {
        [machine restore:request path:[NSString stringWithUTF8String:path]];
    });
}

int32_t snapvm_vz_set_memory_target(uint32_t number, uint32_t request, uint64_t bytes) {
    return withMachine(number, ^(SnapvmMachine *machine) {
        [machine setMemoryTarget:request bytes:bytes];
    });
}

#pragma mark - Events

int32_t snapvm_vz_next_event(char *text, uint32_t capacity) {
    return answer(text, capacity, ^(NSError **error) {
        return writeJSON([SnapvmEvents next], error);
    });
}
