/* The server of a folder that a guest shares: virtiofsd. */
#import "double.h"

@interface VZDoubleShare : NSObject {
    VZDirectoryShare *_share;
    NSString *_socket;
    int _listening;
    int _process;
}

- (instancetype)initWithShare:(VZDirectoryShare *)share;

/* The Unix socket that it listens on: a name in the abstract namespace. */
@property (readonly) NSString *socket;

/* Starts it, once, with a descriptor for its messages. It ends with the thread that calls this. */
- (void)startWithMessages:(int)messages;

/* Ends it. */
- (void)end;

@end
