import LinboModel

/// Valid inputs, for tables and as seeds of the fuzz tests.
enum Samples {
    static let devices = """
        # room;host;group;mac;ip;office;windows;options;role;;pxe;;;;comment
        r100;pc01;win10;00:11:22:33:44:01;10.0.0.1;;BCDFG-HJKMP-QRTVW-XY234-6789N;;classroom-studentcomputer;;1;;;;next to the door
        r100;r100-pc01;win10;00-11-22-33-44-02;DHCP;vk7jg-bcdfg-hjkmp-qrtvw-xy234;;filename "x", next-server y;;;2

        lab;PC-X;ubuntu.22;AA:BB:CC:DD:EE:FF;10.0.0.30;;;;printer;;0
        """

    static let startConf = """
        # a group
        [LINBO]
        Cache = /dev/sda4   # the cache
        Group = win10
        DownloadType = torrent
        KernelOptions = quiet  dhcpretry=9 root=LABEL=x
        Server = 10.0.0.1
        SystemType = efi64
        AutoPartition = yes

        [Partition]
        Dev = /dev/sda1
        Label = efi
        Size = 200M
        Id = ef
        FSType = vfat
        Bootable = yes

        [Partition]
        Dev = /dev/sda4
        Size =

        [OS]
        Name = Windows 10
        BaseImage = win10.qcow2
        Root = /dev/sda3
        Kernel = auto
        Initrd =
        Append =
        StartEnabled = yes

        [OS]
        Name = Ubuntu
        BaseImage = ubuntu.qcow2
        Root = /dev/sda5
        Kernel = vmlinuz
        Initrd = initrd.img
        Append = ro splash
        RemoteSyncEnabled = true
        """

    static let info = """
        ["win10.qcow2" Info File]
        timestamp="202605040730"
        image="win10.qcow2"
        imagesize="12345678901"
        partition="/dev/sda3"
        partitionsize="52428800"
        """

    static let setup = """
        [setup]
        serverip = 10.0.0.1
        domainname = linuxmuster.lan
        sambadomain = LINUXMUSTER
        basedn = DC=linuxmuster,DC=lan
        adminpw = Muster!
        """

    static let isc = """
        # The format of this file is documented in dhcpd.leases(5)
        authoring-byte-order little-endian;
        lease 10.0.0.5 {
          starts 1 2026/05/04 07:00:00;
          ends 1 2026/05/04 08:00:00;
          binding state active;
          next binding state free;
          rewind binding state free;
          hardware ethernet 00:11:22:33:44:55;
          uid "\\001\\000\\021\\"3DU";
          set vendor-class-identifier = "PXEClient";
          client-hostname "pc01";
          on expiry { set x = "y"; }
        }
        """

    static let kea = """
        address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context,pool_id
        10.0.0.5,00:11:22:33:44:55,01:00:11:22:33:44:55,3600,2000,1,0,0,pc01,0,,0
        10.0.0.6,00:11:22:33:44:66,,3600,2000,1,0,0,,0,,0

        """

    static let dnsmasq = """
        2000 00:11:22:33:44:55 10.0.0.5 pc01 01:00:11:22:33:44:55
        0 00:11:22:33:44:66 10.0.0.6 * *
        duid 00:01:00:01:2c
        2000 287454020 fd00::5 pc01 00:01

        """

    static let arp = """
        IP address       HW type     Flags       HW address            Mask     Device
        10.0.0.5         0x1         0x2         00:11:22:33:44:55     *        eth0
        10.0.0.6         0x1         0x0         00:00:00:00:00:00     *        eth0
        10.0.0.7         0x1         0x6         00:11:22:33:44:77     *        eth0

        """

    static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    /// One devices.csv of the default school, or of another one, as it would be loaded.
    static func load(_ text: String, school: String = "default-school") throws -> Devices {
        try load(bytes(text), school: school)
    }

    static func load(_ bytes: [UInt8], school: String = "default-school") throws -> Devices {
        Devices([try file(bytes, school: school)])
    }

    static func file(_ bytes: [UInt8], school: String = "default-school") throws -> DevicesFile {
        Devices.parse(bytes, file: "devices.csv", school: try some(SchoolName(school)))
    }
}

struct NothingThere: Error {}

/// The value, or an error that fails the test.
func some<Value>(_ value: Value?) throws -> Value {
    guard let value else { throw NothingThere() }
    return value
}
