/* All that the host may ask for: docs/agent.md. */
#include "authorize.h"
#include "clock.h"
#include "command.h"
#include "connect.h"
#include "files.h"
#include "power.h"
#include "stream.h"

static const char *const no_fields[] = {NULL};

const struct kind kinds[] = {
    {.name = "command", .fields = command_fields, .start = command_start},
    {.name = "connect", .fields = connect_fields, .start = connect_start},
    {.name = "tar-out", .fields = tar_out_fields, .run = tar_out_run, .has_output = true},
    {.name = "tar-in", .fields = tar_in_fields, .run = tar_in_run, .has_input = true},
    {.name = "stat", .fields = stat_fields, .run = stat_run},
    {.name = "mount", .fields = mount_fields, .run = mount_run},
    {.name = "unmount", .fields = unmount_fields, .run = unmount_run},
    {.name = "clock", .fields = clock_fields, .run = clock_run},
    {.name = "entropy", .fields = no_fields, .run = entropy_run, .has_input = true},
    {.name = "authorize", .fields = authorize_fields, .run = authorize_run},
    {.name = "power", .fields = power_fields, .run = power_run},
    {.name = NULL},
};
