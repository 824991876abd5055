/* Processes that do not outlive the thread that started them. */
#import <Foundation/Foundation.h>

/*
 * Starts the program that the first argument names. It inherits the descriptors under the same numbers and writes its messages to
 * `messages`. Returns its process ID.
 */
int VZDoubleStartProcess(NSArray *arguments, NSArray *descriptors, int messages);
