#import "process.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

int VZDoubleStartProcess(NSArray *arguments, NSArray *descriptors, int messages) {
    const char **words = calloc([arguments count] + 1, sizeof *words);
    for (NSUInteger index = 0; index < [arguments count]; index++) {
        words[index] = [[arguments objectAtIndex:index] UTF8String];
    }
    NSUInteger count = [descriptors count];
    int *inherited = calloc(count + 1, sizeof *inherited);
    for (NSUInteger index = 0; index < count; index++) {
        inherited[index] = [[descriptors objectAtIndex:index] intValue];
    }
    pid_t parent = getpid();
    pid_t process = fork();
    if (process == 0) {
        /* Only async-signal-safe calls here: the parent has threads. */
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (NSUInteger index = 0; index < count; index++) {
            fcntl(inherited[index], F_SETFD, 0);
        }
        int nothing = open("/dev/null", O_RDONLY);
        dup2(nothing, 0);
        dup2(messages, 1);
        dup2(messages, 2);
        if (getppid() == parent) {
            execvp(words[0], (char **)words);
        }
        _exit(127);
    }
    free(words);
    free(inherited);
    return process;
}
