/* The server of what is shared with a guest: virtiofsd. */
#import "double.h"

@interface VZDoubleShare : NSObject {
    VZDirectoryShare *_share;
    NSString *_socket;
    int _listening;
    int _process;
}

- (instancetype)initWithShare:(VZDirectoryShare *)share;

/* The name, in the abstract namespace, of the Unix socket that it waits on. */
@property (readonly) NSString *socket;

/* Starts it, once, with this descriptor for its messages. It ends with the thread that calls this. */
- (void)startWithMessages:(int)messages;

/* Ends it. */
- (void)end;

@end
