/* A QEMU process and its control socket (QMP). */
#import <Foundation/Foundation.h>

typedef void (^VZDoubleReply)(NSDictionary *reply);

@interface VZDoubleQemu : NSObject {
    NSArray *_arguments;
    NSArray *_descriptors;
    NSArray *_shares;
    int _control;
    int _messages;
    int _theirControl;
    int _theirMessages;
    int _process;
    BOOL _killed;
    unsigned long _thread;
    unsigned _lastRequest;
    NSMutableDictionary *_replies; /* blocks, as pointers */
    void (^_happened)(NSDictionary *event);
    void (^_ended)(NSString *detail);
}

/*
 * Starts the servers of the shared folders (VZDoubleShare), which end with QEMU, then QEMU with the arguments, a control socket and
 * the descriptors, under the same numbers. The blocks run on a thread that waits for QEMU: `happened` for each QMP event, `ended`
 * once, with the last messages of the process.
 */
- (instancetype)initWithArguments:(NSArray *)arguments
                      descriptors:(NSArray *)descriptors
                           shares:(NSArray *)shares
                         happened:(void (^)(NSDictionary *event))happened
                            ended:(void (^)(NSString *detail))ended;

/* Sends a QMP command. The reply comes on the thread that waits, or never if QEMU ends before. */
- (void)execute:(NSString *)command arguments:(NSDictionary *)arguments reply:(VZDoubleReply)reply;

/* Kills QEMU, if it still runs. */
- (void)kill;

/* Waits for the thread, which ends after `ended`. Must be called before the object goes. */
- (void)join;

@end
