#import "command_line.h"

#import "share.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

/* The value for a QEMU option: commas are doubled. */
static NSString *escape(NSString *value) {
    return [value stringByReplacingOccurrencesOfString:@"," withString:@",,"];
}

NSString *VZDoubleQuote(NSString *path) {
    return [NSString stringWithFormat:@"'%@'", [path stringByReplacingOccurrencesOfString:@"'" withString:@"'\\''"]];
}

/* The arm64 Image has "ARMd" at 0x38 (Documentation/arch/arm64/booting.rst). */
static BOOL isArm64(NSString *kernel) {
    char magic[4] = {0};
    int descriptor = open([kernel fileSystemRepresentation], O_RDONLY | O_CLOEXEC);
    ssize_t length = pread(descriptor, magic, sizeof magic, 0x38);
    close(descriptor);
    return length == sizeof magic && magic[0] == 'A' && magic[1] == 'R' && magic[2] == 'M' && magic[3] == 'd';
}

static void add(NSMutableArray *arguments, NSString *option, NSString *value) {
    [arguments addObject:option];
    [arguments addObject:value];
}

static void addLinux(NSMutableArray *arguments, id bootLoader, BOOL arm64) {
    add(arguments, @"-kernel", VZDoubleValue(bootLoader, @"kernel"));
    /* On a busy host the emulated timer is late. The kernel would take it for broken, and panic. */
    NSString *commandLine = VZDoubleValue(bootLoader, @"commandLine");
    add(arguments, @"-append", arm64 ? commandLine : [@"no_timer_check " stringByAppendingString:commandLine]);
    NSString *initialRamdisk = VZDoubleValue(bootLoader, @"initialRamdisk");
    if (initialRamdisk != nil) {
        add(arguments, @"-initrd", initialRamdisk);
    }
}

/* Firmware and its variables are two flash chips. */
static void addFirmware(NSMutableArray *arguments, id variableStore) {
    add(arguments, @"-drive", @"if=pflash,unit=0,format=raw,readonly=on,file=" VZ_DOUBLE_FIRMWARE);
    NSString *path = escape(VZDoubleValue(variableStore, @"path"));
    add(arguments, @"-drive", [@"if=pflash,unit=1,format=raw,file=" stringByAppendingString:path]);
}

/*
 * Under emulation, kernels that know five-level paging (la57) are slow or do not start at all, and the architecture's own pointer
 * authentication takes most of the processor's time, hence pauth-impdef. Fast string instructions (erms, fsrm) are slow ones there.
 */
static void addMachine(NSMutableArray *arguments, VZVirtualMachineConfiguration *configuration) {
    id bootLoader = VZDoubleValue(configuration, @"bootLoader");
    id variableStore = VZDoubleValue(bootLoader, @"variableStore");
    BOOL arm64 = variableStore == nil && isArm64(VZDoubleValue(bootLoader, @"kernel"));
    [arguments addObject:arm64 ? @"qemu-system-aarch64" : @"qemu-system-x86_64"];
    [arguments addObjectsFromArray:[NSArray arrayWithObjects:@"-nodefaults", @"-no-user-config", @"-display", @"none", @"-S", nil]];
    add(arguments, @"-machine", arm64 ? @"virt,accel=tcg,memory-backend=memory" : @"q35,accel=tcg,vmport=off,memory-backend=memory");
    /* svm: virtualization in the guest. */
    BOOL nested = [VZDoubleValue(VZDoubleValue(configuration, @"platform"), @"nested") boolValue];
    NSString *x86 = nested ? @"max,la57=off,-erms,-fsrm" : @"max,la57=off,-erms,-fsrm,svm=off";
    add(arguments, @"-cpu", arm64 ? @"max,pauth-impdef=on" : x86);
    add(arguments, @"-smp", [VZDoubleValue(configuration, @"cpuCount") stringValue]);
    unsigned long long memory = [VZDoubleValue(configuration, @"memorySize") unsignedLongLongValue];
    add(arguments, @"-m", [NSString stringWithFormat:@"%lluB", memory]);
    /* The servers of shared folders access the guest's memory. */
    BOOL shared = [VZDoubleValue(configuration, @"directorySharingDevices") count] > 0;
    add(arguments, @"-object", [NSString stringWithFormat:@"memory-backend-%@,id=memory,size=%llu", shared ? @"memfd,share=on" : @"ram", memory]);
    if (variableStore != nil) {
        addFirmware(arguments, variableStore);
    } else {
        addLinux(arguments, bootLoader, arm64);
    }
}

/* QEMU drops console output if the socket's buffer is full, so the buffer holds more than any test writes. */
static const int ConsoleBuffer = 512 * 1024 * 1024;

/* QEMU reads and writes the socket itself, so both handles of an attachment must be the same socket. Returns it. */
static int addCharacterDevice(NSMutableArray *arguments, NSString *name, id attachment, NSMutableArray *descriptors) {
    int descriptor = [(NSFileHandle *)VZDoubleValue(attachment, @"writing") fileDescriptor];
    [descriptors addObject:[NSNumber numberWithInt:descriptor]];
    add(arguments, @"-chardev", [NSString stringWithFormat:@"socket,id=%@,fd=%d", name, descriptor]);
    return descriptor;
}

static void addConsoles(NSMutableArray *arguments, VZVirtualMachineConfiguration *configuration, NSMutableArray *descriptors) {
    for (id console in VZDoubleValue(configuration, @"serialPorts")) {
        int descriptor = addCharacterDevice(arguments, @"console", VZDoubleValue(console, @"attachment"), descriptors);
        setsockopt(descriptor, SOL_SOCKET, SO_SNDBUFFORCE, &ConsoleBuffer, sizeof ConsoleBuffer);
        add(arguments, @"-device", @"virtio-serial-pci,id=consoles,max_ports=1,ioeventfd=off");
        add(arguments, @"-device", @"virtconsole,bus=consoles.0,chardev=console");
    }
    for (id device in VZDoubleValue(configuration, @"consoleDevices")) {
        id ports = VZDoubleValue(device, @"ports");
        add(arguments, @"-device", @"virtio-serial-pci,id=ports,ioeventfd=off");
        id port;
        for (unsigned index = 0; (port = VZDoubleValue(ports, (id)[NSNumber numberWithUnsignedInteger:index])) != nil; index++) {
            NSString *name = [NSString stringWithFormat:@"port%u", index];
            addCharacterDevice(arguments, name, VZDoubleValue(port, @"attachment"), descriptors);
            /* QEMU reserves number 0 for a console. */
            add(arguments, @"-device",
                [NSString stringWithFormat:@"virtserialport,bus=ports.0,nr=%u,chardev=%@,name=%@", index + 1, name,
                                           escape(VZDoubleValue(port, @"name"))]);
        }
    }
}

static void addDisks(NSMutableArray *arguments, VZVirtualMachineConfiguration *configuration) {
    unsigned index = 0;
    for (id device in VZDoubleValue(configuration, @"storageDevices")) {
        id attachment = VZDoubleValue(device, @"attachment");
        BOOL readOnly = [VZDoubleValue(attachment, @"readOnly") boolValue];
        add(arguments, @"-drive",
            [NSString stringWithFormat:@"if=none,id=disk%u,format=raw,cache=writeback,readonly=%@,file=%@", index,
                                       readOnly ? @"on" : @"off", escape(VZDoubleValue(attachment, @"file"))]);
        add(arguments, @"-device",
            [NSString stringWithFormat:@"virtio-blk-pci,drive=disk%u,serial=%@", index, escape(VZDoubleValue(device, @"identifier"))]);
        index++;
    }
}

static void addShares(NSMutableArray *arguments, VZVirtualMachineConfiguration *configuration, NSMutableArray *shares) {
    for (id device in VZDoubleValue(configuration, @"directorySharingDevices")) {
        VZDoubleShare *share = [[[VZDoubleShare alloc] initWithShare:VZDoubleValue(device, @"share")] autorelease];
        NSString *name = [NSString stringWithFormat:@"share%lu", (unsigned long)[shares count]];
        [shares addObject:share];
        add(arguments, @"-chardev", [NSString stringWithFormat:@"socket,id=%@,abstract=on,path=%@", name, [share socket]]);
        add(arguments, @"-device",
            [NSString stringWithFormat:@"vhost-user-fs-pci,chardev=%@,tag=%@", name, escape(VZDoubleValue(device, @"tag"))]);
    }
}

static void addNetworks(NSMutableArray *arguments, VZVirtualMachineConfiguration *configuration) {
    unsigned index = 0;
    for (id device in VZDoubleValue(configuration, @"networkDevices")) {
        add(arguments, @"-netdev", [NSString stringWithFormat:@"user,id=network%u", index]);
        add(arguments, @"-device",
            [NSString stringWithFormat:@"virtio-net-pci,netdev=network%u,romfile=,mac=%@", index,
                                       VZDoubleValue(VZDoubleValue(device, @"address"), @"string")]);
        index++;
    }
}

NSArray *VZDoubleCommandLine(VZVirtualMachineConfiguration *configuration, NSString *savedState, NSMutableArray *descriptors,
                             NSMutableArray *shares) {
    NSMutableArray *arguments = [NSMutableArray array];
    addMachine(arguments, configuration);
    addConsoles(arguments, configuration, descriptors);
    addDisks(arguments, configuration);
    addNetworks(arguments, configuration);
    addShares(arguments, configuration, shares);
    if ([VZDoubleValue(configuration, @"entropyDevices") count] > 0) {
        add(arguments, @"-device", @"virtio-rng-pci");
    }
    if ([VZDoubleValue(configuration, @"memoryBalloonDevices") count] > 0) {
        add(arguments, @"-device", @"virtio-balloon-pci");
    }
    if (savedState != nil) {
        add(arguments, @"-incoming", [NSString stringWithFormat:@"exec:cat %@", VZDoubleQuote(savedState)]);
    }
    return arguments;
}
