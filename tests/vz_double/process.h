/* Processes that do not outlive the thread that started them. */
#import <Foundation/Foundation.h>

/*
 * Starts the program that the first argument names. It gets these descriptors, under their own numbers, and writes its messages to
 * `messages`. Returns its process ID.
 */
int VZDoubleStartProcess(NSArray *arguments, NSArray *descriptors, int messages);
